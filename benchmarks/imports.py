"""`python -m benchmarks.imports`: 100,000 products by the import, beside the same file through COPY and one upsert."""

import json
from statistics import median

from benchmarks import client, environment, fixtures, processes, results
from benchmarks.client import CSV
from benchmarks.references.copying import copy
from testing import serving

ROWS = 100_000
ROUNDS = 3
GOAL = 2.0
COLUMNS = tuple(column for column in fixtures.COLUMNS if column != "supplier")


def main() -> None:
    file = fixtures.csv_file(0, ROWS, COLUMNS)
    imported, copied, with_movements, peaks = [], [], [], []
    with environment.ground() as database, serving.service(database, **environment.PRODUCT_SETTINGS) as service:
        for number in range(ROUNDS):
            seconds, peak, owner = import_by(service, f"importer{number}", file)
            products, movements = copy(database, file, COLUMNS, owner)
            imported.append(seconds)
            copied.append(products)
            with_movements.append(movements)
            peaks.append(peak)
        version = database.version()
    ratio = median(imported) / median(copied)
    rows = [["", "s", "min..max s", "product / this"]]
    for name, figures in [
        ("product: judged, matched, created, booked", imported),
        ("COPY and one upsert, nothing judged or booked", copied),
        ("COPY, one upsert and 100,000 movements, nothing judged", with_movements),
    ]:
        spread = f"{min(figures):.1f}..{max(figures):.1f}"
        rows.append([name, f"{median(figures):.1f}", spread, f"{median(imported) / median(figures):.1f}"])
    reached = "Reached" if ratio <= GOAL else "**Not reached**"
    about = results.conditions(version, f"{ROUNDS} interleaved rounds, each into a new account; {len(file):,} bytes.")
    goal = (
        f"Goal: at most {GOAL:g} x COPY and one upsert. {reached}: {ratio:.1f} x."
        f" The most that a worker held meanwhile: {max(peaks):.0f} MB."
    )
    results.write("Importing 100,000 products", f"{about}\n\n{results.markdown(rows)}\n\n{goal}")


def import_by(service: serving.Service, username: str, file: bytes) -> tuple[float, float, int]:
    """Seconds, the peak of a worker in MB, and the id of the new account."""
    token = service.sign_up(username)
    owner: int = service.ask("GET", "/api/users/me/", token=token).body["id"]
    for worker in service.workers():
        processes.forget_peak(worker)
    took = client.request(service, "POST", "/api/products/import/", token, file, CSV)
    assert json.loads(took.body)["created"] == ROWS, took.body
    return took.seconds, max(map(processes.peak_megabytes, service.workers())), owner


if __name__ == "__main__":
    main()
