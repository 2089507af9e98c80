"""Call the WSGI application in this process, on the configured database. Print its processor time, and its profile.

`python -m benchmarks.profiled --product 1`, started by benchmarks.profiles. The product is the first of 100.
"""

import argparse
import cProfile
import json
import os
import pstats
import time
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks import results  # noqa: E402
from benchmarks.in_process import REPEATS, Request, load_application, sample_requests, sign_in  # noqa: E402
from core.database.embedded import place  # noqa: E402

SERIES, REQUESTS_IN_A_SERIES = 100, 5  # series are short, so that other programs do not disturb some of them
MAX_FUNCTIONS = 10
MAX_STATEMENTS_OF_AN_OPERATION = 8


call_application = load_application("inventory_api.wsgi:application")


def profile_all(product: int) -> None:
    """Print the number of statements and the most expensive functions of each kind of request."""
    token: str = json.loads(call_application(sign_in(), ""))["access"]
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
