"""`python -m benchmarks.largest_import`: a worker's memory while it imports and reverses the largest file."""

import json
from collections.abc import Iterator

from benchmarks import client, environment, fixtures, processes, results
from benchmarks.client import CSV, JSON
from testing import serving

GOAL_MEGABYTES = 150
MAX_ROWS = 100_000  # of a file: products.imports.MAX_ROWS
TOO_MANY_ROWS = 1_000_000
DESCRIPTION = "x" * 90  # with it, the file is nearly as large as a file may be
COLUMNS = tuple(column for column in fixtures.COLUMNS if column not in ("supplier", "cost_price"))
IMPORT, REVERSE = "/api/products/import/", "/api/stock/operations/{}/reverse/"


def main() -> None:
    settings = environment.PRODUCT_SETTINGS | {"WEB_CONCURRENCY": "1"}
    with environment.ground() as database, serving.service(database, **settings) as service:
        token = service.sign_up("importer")
        client.request(service, "POST", IMPORT, service.sign_up("other"), file(10, 0), CSV)  # all is loaded now
        rest = peak(service)
        rows = list(measured(service, token))
        version = database.version()
    highest = max(megabytes for _, _, megabytes in rows)
    reached = "Reached" if highest - rest <= GOAL_MEGABYTES else "**Not reached**"
    table = [["", "s", "MB at most", "above rest"]]
    table += [[name, f"{s:.1f}", f"{megabytes:.0f}", f"{megabytes - rest:.0f}"] for name, s, megabytes in rows]
    about = results.conditions(version, f"One worker, {rest:.0f} MB at rest; {len(file(MAX_ROWS, 0)):,} bytes.")
    goal = f"Goal: at most {GOAL_MEGABYTES} MB above rest. {reached}: {highest - rest:.0f} MB."
    results.write("The largest import", f"{about}\n\n{results.markdown(table)}\n\n{goal}")


def measured(service: serving.Service, token: str) -> Iterator[tuple[str, float, float]]:
    """Yield what was done, its seconds, and the most megabytes that the worker held meanwhile."""
    operation, seconds, megabytes = asked(service, token, IMPORT, file(MAX_ROWS, 0), CSV, "operation")
    yield f"{MAX_ROWS:,} new rows", seconds, megabytes
    _, seconds, megabytes = asked(service, token, REVERSE.format(operation), b"{}", JSON, "id")
    yield "their reversal", seconds, megabytes
    _, seconds, megabytes = asked(service, token, IMPORT, file(MAX_ROWS, 1), CSV, "operation")
    yield f"{MAX_ROWS:,} rows that change quantities", seconds, megabytes
    many = b"name,price\n" + b"".join(b"P%d,1\n" % number for number in range(TOO_MANY_ROWS))
    _, seconds, megabytes = asked(service, token, IMPORT, many, CSV, "limit")
    yield f"{TOO_MANY_ROWS:,} rows, refused", seconds, megabytes


def asked(
    service: serving.Service, token: str, path: str, body: bytes, kind: dict[str, str], name: str
) -> tuple[int, float, float]:
    """Send it; return the number of this name in the answer, the seconds and the peak."""
    for worker in service.workers():
        processes.forget_peak(worker)
    took = client.request(service, "POST", path, token, body, kind)
    number: int = json.loads(took.body)[name]
    return number, took.seconds, peak(service)


def peak(service: serving.Service) -> float:
    return max(map(processes.peak_megabytes, service.workers()))


def file(rows: int, more: int) -> bytes:
    """As many goods, each in another quantity."""
    lines = [",".join(COLUMNS)]
    for number in range(rows):
        values = fixtures.row(number) | {"quantity": str(1000 + number + more), "description": DESCRIPTION}
        lines.append(",".join(values[column] for column in COLUMNS))
    return "\n".join([*lines, ""]).encode()


if __name__ == "__main__":
    main()
