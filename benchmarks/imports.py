"""`python -m benchmarks.imports`: compare an import of 100,000 products with COPY and one upsert of the same file."""

import http.client
import json
import time
from statistics import median

from benchmarks import environment, fixtures, processes, results
from benchmarks.references.copying import copy_file
from testing.servers import serving

ROWS = 100_000
ROUNDS = 3
TIMEOUT_SECONDS = 180
MAX_TIMES_COPY = 4.5
COLUMNS = tuple(column for column in fixtures.COLUMNS if column != "supplier")


def main() -> None:
    file = fixtures.csv_file(0, ROWS, COLUMNS)
    imported, copied, with_movements, peaks = [], [], [], []
    with (
        environment.start_database() as database,
        serving.run_service(database, **environment.PRODUCT_SETTINGS) as service,
    ):
        for number in range(ROUNDS):
            seconds, peak, owner = measure_import(service, f"importer{number}", file)
            products, movements = copy_file(database, file, COLUMNS, owner)
            imported.append(seconds)
            copied.append(products)
            with_movements.append(movements)
            peaks.append(peak)
        version = database.version()
    ratio = median(imported) / median(copied)
    rows = [["", "s", "min..max s", "product / this row"]]
    for name, figures in [
        ("product: validates, matches, creates and books", imported),
        ("COPY and one upsert, without validation and booking", copied),
        ("COPY, one upsert and 100,000 movements, without validation", with_movements),
    ]:
        spread = f"{min(figures):.1f}..{max(figures):.1f}"
        rows.append([name, f"{median(figures):.1f}", spread, f"{median(imported) / median(figures):.1f}"])
    reached = "Reached" if ratio <= MAX_TIMES_COPY else "**Not reached**"
    conditions = results.describe_conditions(
        version, f"{ROUNDS} interleaved rounds, each into a new account; the file has {len(file):,} bytes."
    )
    goal = (
        f"Goal: at most {MAX_TIMES_COPY:g} x COPY and one upsert. {reached}: {ratio:.1f} x."
        f" Peak memory of a worker: {max(peaks):.0f} MB."
    )
    results.write_section("Importing 100,000 products", f"{conditions}\n\n{results.format_table(rows)}\n\n{goal}")


def measure_import(service: serving.Service, username: str, file: bytes) -> tuple[float, float, int]:
    """Import the file into a new account. Return the seconds, a worker's peak in MB, and the id of the account."""
    token = service.sign_up(username)
    owner: int = service.send("GET", "/api/users/me/", token=token).body["id"]
    for worker in service.workers():
        processes.reset_peak(worker)
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=TIMEOUT_SECONDS)
    started = time.monotonic()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    connection.request("POST", "/api/products/import/", file, headers)
    body = connection.getresponse().read()
    seconds = time.monotonic() - started
    connection.close()
    assert json.loads(body)["created"] == ROWS, body
    return seconds, max(map(processes.peak_megabytes, service.workers())), owner


if __name__ == "__main__":
    main()
