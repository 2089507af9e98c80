"""Call the WSGI application in this process, on the configured database. Print its processor time, and its profile.

`python -m benchmarks.profiled --product 1`, started by benchmarks.profiles. The product is the first of 100.
"""

import argparse
import cProfile
import io
import json
import os
import pstats
import time
from pathlib import Path
from typing import Any, NamedTuple

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks import environment, fixtures, results  # noqa: E402
from benchmarks.contenders import PRODUCTS  # noqa: E402
from core.database.embedded import place  # noqa: E402
from inventory_api.wsgi import application  # noqa: E402
from testing.serving import PASSWORD  # noqa: E402

REPEATS, REPEATS_OF_LONG_ONES = 50, 3
SERIES, REQUESTS_IN_A_SERIES = 100, 5  # series are short, so that other programs do not disturb some of them
MAX_FUNCTIONS = 10
MAX_STATEMENTS_OF_AN_OPERATION = 8
SMALL_FILE = 2000


class Request(NamedTuple):
    method: str
    address: str
    body: bytes = b""
    content_type: str = "application/json"
    repeats: int = REPEATS


def sample_requests(product: int) -> dict[str, Request]:
    """Return one request of each kind by its title."""
    line = {"product": product, "movement_type": "IN", "quantity": 1}
    lines = [{**line, "product": product + number} for number in range(100)]
    columns = tuple(column for column in fixtures.COLUMNS if column != "supplier")
    credentials = {"username": environment.OWNER, "password": PASSWORD}
    file = fixtures.csv_file(PRODUCTS, PRODUCTS + SMALL_FILE, columns)
    return {
        "one movement": Request("POST", "/api/stock/", json.dumps(line).encode()),
        "an operation of 100 lines": Request("POST", "/api/stock/operations/", json.dumps({"lines": lines}).encode()),
        "a page of 50 products": Request("GET", "/api/products/?page_size=50"),
        "a page of 50 movements": Request("GET", "/api/stock/?page_size=50"),
        "the dashboard": Request("GET", "/api/dashboard/"),
        "the export of 10,000 products": Request("GET", "/api/products/export/", repeats=REPEATS_OF_LONG_ONES),
        "signing in": Request("POST", "/api/login/", json.dumps(credentials).encode()),
        "a dry run of an import of 2,000 rows": Request(
            "POST", "/api/products/import/?dry_run=true", file, "text/csv", REPEATS_OF_LONG_ONES
        ),
    }


def profile_all(product: int) -> None:
    """Print the number of statements and the most expensive functions of each kind of request."""
    token: str = json.loads(call_application(sample_requests(product)["signing in"], ""))["access"]
    for title, request in sample_requests(product).items():
        call_application(request, token)
        with CaptureQueriesContext(connection) as captured:
            call_application(request, token)
        statements = len(captured)
        milliseconds = measure_processor_time(request, token)
        profile = cProfile.Profile()
        for _ in range(request.repeats):
            profile.runcall(call_application, request, token)
        print(f"### {title.capitalize()}: {statements} statements, {milliseconds:.2f} ms without the profile\n")
        if "operation" in title:
            reached = "Reached" if statements <= MAX_STATEMENTS_OF_AN_OPERATION else "**Not reached**"
            print(f"Goal: at most {MAX_STATEMENTS_OF_AN_OPERATION} statements. {reached}.\n")
        print(results.format_table(most_expensive_functions(profile, request.repeats)) + "\n")


def measure_processor_time(request: Request, token: str) -> float:
    """Return the processor time of this process for one request, in milliseconds.

    It is the time of a fast series, which only 5 % of all series beat. The others ran beside another program.
    """
    series = []
    for _ in range(SERIES if request.repeats == REPEATS else 1):
        started = time.process_time()
        for _ in range(REQUESTS_IN_A_SERIES):
            call_application(request, token)
        series.append((time.process_time() - started) / REQUESTS_IN_A_SERIES * 1000)
    return sorted(series)[len(series) // 20]


def call_application(request: Request, token: str) -> bytes:
    """Pass the request to the WSGI application as a server does, and return the response's body."""
    path, _, query = request.address.partition("?")
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.url_scheme": "http",
        "CONTENT_TYPE": request.content_type,
        "CONTENT_LENGTH": str(len(request.body)),
        **({"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}),
    }

    def start_response(status: str, headers: Any, error: Any = None) -> Any:
        statuses.append(status)

    response = application(environ, start_response)
    body = b"".join(response)
    response.close()
    assert statuses[0].startswith("2"), (request.address, statuses, body[:500])
    return body


def most_expensive_functions(profile: cProfile.Profile, repeats: int) -> list[list[str]]:
    """Return the functions with the most time of their own, without callees, in milliseconds per request."""
    stats: dict[Any, Any] = vars(pstats.Stats(profile))["stats"]
    total = sum(own for _, _, own, _, _ in stats.values())
    most_expensive = sorted(stats.items(), key=lambda item: -item[1][2])[:MAX_FUNCTIONS]
    per_request = 1000 / repeats
    rows = [["function", "calls", "own ms", "with callees ms"], ["total", "", f"{total * per_request:.2f}", ""]]
    for (file, line, name), (_, calls, own, cumulative, _) in most_expensive:
        where = f"`{short_path(file)}:{line} {name}`" if line else f"`{name}`"
        rows.append([where, f"{calls / repeats:.0f}", f"{own * per_request:.2f}", f"{cumulative * per_request:.2f}"])
    return rows


def short_path(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(place.CLONE)) if path.is_relative_to(place.CLONE) else "/".join(path.parts[-3:])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--product", type=int, required=True)
    profile_all(parser.parse_args().product)
