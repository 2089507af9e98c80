"""`python -m benchmarks.largest_import`: memory of a worker that imports and reverses the largest file."""

import json
from collections.abc import Iterator

from benchmarks import client, environment, fixtures, processes, results
from benchmarks.client import CSV, JSON
from testing import serving

MAX_MEGABYTES_ABOVE_REST = 150
MAX_ROWS = 100_000  # the limit of a file, as products.product_files.MAX_ROWS
TOO_MANY_ROWS = 1_000_000
DESCRIPTION = "x" * 90  # this text makes the file nearly as large as the limit for bodies
COLUMNS = tuple(column for column in fixtures.COLUMNS if column not in ("supplier", "cost_price"))
IMPORT, REVERSE = "/api/products/import/", "/api/stock/operations/{}/reverse/"


def main() -> None:
    settings = environment.PRODUCT_SETTINGS | {"WEB_CONCURRENCY": "1"}
    with environment.start_database() as database, serving.run_service(database, **settings) as service:
        token = service.sign_up("importer")
        # A first import loads all modules.
        client.send_request(service, "POST", IMPORT, service.sign_up("other"), csv_file(10, 0), CSV)
        rest = peak_megabytes(service)
        rows = list(measure(service, token))
        version = database.version()
    highest = max(megabytes for _, _, megabytes in rows)
    reached = "Reached" if highest - rest <= MAX_MEGABYTES_ABOVE_REST else "**Not reached**"
    table = [["", "s", "peak MB", "above idle worker"]]
    table += [[name, f"{s:.1f}", f"{megabytes:.0f}", f"{megabytes - rest:.0f}"] for name, s, megabytes in rows]
    conditions = results.describe_conditions(
        version, f"One worker, {rest:.0f} MB when idle; the file has {len(csv_file(MAX_ROWS, 0)):,} bytes."
    )
    goal = f"Goal: at most {MAX_MEGABYTES_ABOVE_REST} MB above the idle worker. {reached}: {highest - rest:.0f} MB."
    results.write_section("The largest import", f"{conditions}\n\n{results.format_table(table)}\n\n{goal}")


def measure(service: serving.Service, token: str) -> Iterator[tuple[str, float, float]]:
    """Yield each request's title, its seconds, and the worker's peak in megabytes."""
    operation, seconds, megabytes = measure_request(service, token, IMPORT, csv_file(MAX_ROWS, 0), CSV, "operation")
    yield f"{MAX_ROWS:,} new rows", seconds, megabytes
    _, seconds, megabytes = measure_request(service, token, REVERSE.format(operation), b"{}", JSON, "id")
    yield "their reversal", seconds, megabytes
    _, seconds, megabytes = measure_request(service, token, IMPORT, csv_file(MAX_ROWS, 1), CSV, "operation")
    yield f"{MAX_ROWS:,} rows that change quantities", seconds, megabytes
    many = b"name,price\n" + b"".join(b"P%d,1\n" % number for number in range(TOO_MANY_ROWS))
    _, seconds, megabytes = measure_request(service, token, IMPORT, many, CSV, "limit")
    yield f"{TOO_MANY_ROWS:,} rows, refused", seconds, megabytes


def measure_request(
    service: serving.Service, token: str, path: str, body: bytes, kind: dict[str, str], name: str
) -> tuple[int, float, float]:
    """Send the request. Return the number with this name in the response, the seconds and the worker's peak."""
    for worker in service.workers():
        processes.reset_peak(worker)
    response = client.send_request(service, "POST", path, token, body, kind)
    number: int = json.loads(response.body)[name]
    return number, response.seconds, peak_megabytes(service)


def peak_megabytes(service: serving.Service) -> float:
    return max(map(processes.peak_megabytes, service.workers()))


def csv_file(rows: int, more: int) -> bytes:
    """Return a file of this many products. Their quantities are increased by `more`."""
    lines = [",".join(COLUMNS)]
    for number in range(rows):
        values = fixtures.row(number) | {"quantity": str(1000 + number + more), "description": DESCRIPTION}
        lines.append(",".join(values[column] for column in COLUMNS))
    return "\n".join([*lines, ""]).encode()


if __name__ == "__main__":
    main()
