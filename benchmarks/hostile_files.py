"""`python -m benchmarks.hostile_files`: response times of clients that book movements, alone and beside hostile loads.

A hostile client has an account of its own and sends the same request over several connections without pauses. Each
load has a new service. The throttles have their production settings. With `--against COMMIT`, the product of that
commit gets the same loads.
"""

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPException
from statistics import quantiles

from benchmarks import client, environment, other_commit, results
from testing import hostile_files, serving

BOOKING_CLIENTS, PAUSE_SECONDS = 4, 0.05
HOSTILE_CONNECTIONS = 4
SECONDS = 10
SECONDS_BEFORE = 1  # the time of the hostile load before the first booking
IMPORT = "/api/products/import/?dry_run=true"

Send = Callable[[], client.Response]
# Prepares the load with the hostile account's token, and returns its request.
Load = Callable[[serving.Service, str], Send]


def send_file(build: Callable[[], bytes]) -> Load:
    """Return the load of a file that is imported again and again, as a dry run."""

    def prepare(service: serving.Service, token: str) -> Send:
        file = build()
        return lambda: client.send_request(service, "POST", IMPORT, token, file, client.CSV)

    return prepare


FILES = hostile_files.HEADERS | hostile_files.CELLS | hostile_files.ARCHIVES
LOADS: dict[str, Load] = {name: send_file(build) for name, build in FILES.items()}


class Client(threading.Thread):
    """Sends a request again and again until the deadline. It counts the statuses, and lost connections as status 0."""

    def __init__(self, send: Send, deadline: float, pause_seconds: float = 0) -> None:
        super().__init__(daemon=True)
        self.send, self.deadline, self.pause_seconds = send, deadline, pause_seconds
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()

    def run(self) -> None:
        while (started := time.monotonic()) < self.deadline:
            try:
                status = self.send().status
            except (OSError, HTTPException):
                status = 0
            self.seconds.append(time.monotonic() - started)
            self.statuses[status] += 1
            time.sleep(self.pause_seconds)


def make_booking(service: serving.Service, name: str) -> Send:
    """Return a request that books a movement of a new shop."""
    token = service.sign_up(name)
    product = service.send("POST", "/api/products/", {"name": "Kettle", "price": "1", "quantity": 10**6}, token).body
    line = json.dumps({"product": product["id"], "movement_type": "OUT", "quantity": 1}).encode()
    return lambda: client.send_request(service, "POST", "/api/stock/", token, line)


def measure(service: serving.Service, load: Load | None, seconds: float) -> tuple[list[Client], list[Client]]:
    """Return the booking clients and the hostile ones after `seconds` of bookings."""
    name = f"client{time.monotonic_ns()}"
    bookings = [make_booking(service, f"{name}{number}") for number in range(BOOKING_CLIENTS)]
    send = load(service, service.sign_up(f"{name}hostile")) if load else None
    deadline = time.monotonic() + SECONDS_BEFORE + seconds
    hostile = [Client(send, deadline) for _ in range(HOSTILE_CONNECTIONS)] if send else []
    for each in hostile:
        each.start()
    time.sleep(SECONDS_BEFORE)
    booking = [Client(each, deadline, PAUSE_SECONDS) for each in bookings]
    for each in booking:
        each.start()
    for each in booking:
        each.join()
    return booking, hostile


def describe(title: str, booking: list[Client], hostile: list[Client]) -> list[str]:
    """Return the row of a load."""
    cuts = quantiles([seconds for each in booking for seconds in each.seconds], n=100)
    longest = max(seconds for each in booking for seconds in each.seconds)
    times = [f"{seconds * 1000:,.0f}" for seconds in (cuts[49], cuts[98], longest)]
    answered = [seconds for each in hostile for seconds in each.seconds]
    slowest = f"{max(answered):.1f}" if answered else ""
    return [title, *times, count_statuses(booking), slowest, count_statuses(hostile)]


def count_statuses(clients: list[Client]) -> str:
    counted: Counter[int] = sum((each.statuses for each in clients), Counter())
    return ", ".join(f"{count} x {status or 'lost'}" for status, count in sorted(counted.items()))


def measure_loads(
    make_service: Callable[[], serving.Service], titles: list[str], seconds: float
) -> Iterator[list[str]]:
    """Yield a row for the bookings alone, and one for each load."""
    for title in ["alone", *titles]:
        service = make_service()
        try:
            service.start()
            yield describe(title, *measure(service, LOADS.get(title), seconds))
        finally:
            service.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", help="a commit to compare with")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of bookings beside each load")
    parser.add_argument("--only", nargs="*", default=[""], help="the loads with one of these texts in their names")
    arguments = parser.parse_args()
    titles = [title for title in LOADS if any(text in title for text in arguments.only)]
    variables = {name: value for name, value in environment.PRODUCT_SETTINGS.items() if name == "WEB_CONCURRENCY"}
    variables |= dict.fromkeys(environment.THROTTLES, "")
    lines = [["load", "p50 ms", "p99 ms", "longest ms", "bookings", "hostile longest s", "hostile responses"]]
    with environment.start_database() as database, ExitStack() as stack:
        products = {"": lambda: serving.Service(database, **variables)}
        if arguments.against:
            other = stack.enter_context(other_commit.check_out(arguments.against))
            environment.create_database(database, "other")
            variables_of_other = {**variables, "DB_NAME": "other"}
            variables_to_migrate = other_commit.OtherService(other, database, **variables_of_other).variables
            other_commit.run(other.folder, other.python, "manage.py", "migrate", **variables_to_migrate)
            products[f"{other.name}: "] = lambda: other_commit.OtherService(other, database, **variables_of_other)
        for prefix, make_service in products.items():
            for cells in measure_loads(make_service, titles, arguments.seconds):
                lines.append([prefix + cells[0], *cells[1:]])
                print(" | ".join(lines[-1]), flush=True)
        facts = f"{BOOKING_CLIENTS} booking clients with a shop each, {HOSTILE_CONNECTIONS} hostile connections."
        conditions = results.describe_conditions(database.version(), facts, settings={"WEB_CONCURRENCY": "2"})
    results.write_section("Hostile files", f"{conditions}\n\n{results.format_table(lines)}")


if __name__ == "__main__":
    main()
