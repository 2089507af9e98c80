"""Run the API's tests against the deployed product: `make live`.

Starts the database servers of a ground (`GROUND`, see `testing/servers/grounds/`; by default one PostgreSQL server).
Runs the Procfile's `release` and `web` on it, in production mode behind a trusted proxy (https, one client address).
Then runs pytest with `over_http`, in the same environment and on the same database.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.database.embedded import place
from testing.servers import grounds, serving
from testing.servers.grounds import Ground, MissingProgramError

# These test files only send requests. The others test pages or the support desk, set limits or count statements in the
# server's process, drop constraints, or roll requests back to a savepoint.
API_TESTS = {
    "core": "clean_request errors filters json_refusals",
    "records/idempotency": "idempotency",
    "inventory_api": "readme_r0 readme_r1 readme_r2 readme_r3 readme_r4 two_shops",
    "users": "adding_workers changing_users register users_list",
    "users/access": "deactivation",
    "users/sign_in": """
        forged_tokens logout password rate_limits refresh refresh_races sign_in throttling_races token_clocks
    """,
    "suppliers": "crud list text unique_name",
    "products": """
        categories category_field create filters flags hostile items
        ledger_guard levels money update update_race
    """,
    "products/codes": "codes",
    "products/offers": "files life new_suppliers offers",
    "products/filing": "cells export files",
    "stock/places": "locations lots",
    "stock/goods": "archiving",
    "stock/making": "making recipes traced_makings",
    "stock": """
        atomicity booking counts history item_changes operations placed_counts places product_holdings
        races reversal sku stateful storm transfers
    """,
    "stock/levels": "sources",
    "trade/customers": "crud list",
    "trade/invoices": "issue",
    "trade/prices": "groups",
    "trade/kits": "kits selling orders scans",
    "trade/selling": "discounts taxes_of_sales",
    "trade/quotes": "quotes",
    "trade/reservations": "booking routes",
    "desk/agents": "protocol tools writing",
    "records/history": "routes",
    "records/events/feed": "feed",
    "trade/labels": "labels scan",
    "trade/sheets": "deciding entering opening",
    "trade/tills": "catalogue numbers races tills",
    "trade/purchasing": "receiving",
    "trade/purchasing/price_lists": "reading reports taking undoing",
    "trade/sales": "list",
    "trade/selling/payments": "routes",
    "trade/closings": "closings money",
    "trade/customer_accounts": "accounts paying",
    "desk/saved": "views",
    "desk/reports": "dashboard levels_as_of statement",
}
# These tests of the files can't pass over HTTP.
EXCLUDED_TESTS = {
    # In production, the support desk asks staff for a second factor first.
    "trade/quotes/tests/test_quotes.py::test_the_support_desk_finds_a_quote_by_its_number_and_reference",
    # In these tests, gunicorn refuses the header or the address before the service gets it.
    "records/idempotency/tests/test_idempotency.py::test_refuses_a_malformed_key",
    "products/tests/test_filters.py::test_a_malformed_value_is_a_400_that_names_the_parameter",
    # Here gunicorn sends the response in chunks, so that it has no `text`.
    "users/sign_in/tests/test_logout.py::test_a_chunked_body_is_refused_and_ends_no_token",
    # These tests capture the statements of their own process, hold locks in it, or count what it commits.
    "stock/tests/test_booking.py::test_sales_and_deliveries_with_a_cost_fix_the_currency",
    "stock/tests/test_transfers.py::test_the_location_that_gets_the_goods_is_locked",
    "records/events/feed/tests/test_feed.py::test_a_read_deep_in_the_feed_uses_the_index_of_positions",
    "stock/places/tests/test_lots.py::test_a_change_locks_the_product_before_the_lot",
    "trade/closings/tests/test_money.py::test_twice_the_sales_are_at_most_twice_the_work",
    "trade/customers/tests/test_list.py::test_the_list_takes_the_same_statements_for_more_rows",
    "trade/customers/tests/test_list.py::test_one_customer_takes_few_statements",
    "trade/labels/tests/test_scan.py::test_the_code_is_found_by_one_statement",
    "trade/labels/tests/test_scan.py::test_the_last_out_is_read_by_one_statement",
    "trade/sheets/tests/test_deciding.py::test_a_key_books_a_large_sheet_once",
    "stock/tests/test_placed_counts.py::test_a_count_of_nothing_with_a_time_locks_its_location_for_stock",
    "trade/purchasing/tests/test_receiving.py::test_products_are_locked_once_and_only_those_that_arrive_are_written",
    # The workers of Citus refuse the change of a movement, with which this test begins.
    "stock/making/tests/test_making.py::test_the_verification_finds_a_making_that_creates_value",
    # The origin of the deployed service has https.
    "desk/agents/tests/test_protocol.py::test_a_page_of_this_origin_is_answered",
    # The request that holds the lock is sent in an open transaction of the test.
    "products/tests/test_categories.py::test_archiving_waits_for_a_product_that_is_put_into_the_category",
    # In production, support staff needs a second factor. See also testing/plugins/over_http.py.
    "users/sign_in/tests/test_sign_in.py::test_a_superuser_without_a_shop_can_not_read_or_write_rows",
    "users/sign_in/tests/test_sign_in.py::test_an_email_address_signs_in_on_the_pages",
    "users/tests/test_users_list.py::test_a_superuser_sees_only_itself",
}


class Deployed(serving.Service):
    """The product in production mode, with a platform's settings, started by the Procfile's commands."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(
            serving.Database(ground.folder), HTTPS="on", TRUSTED_PROXY_COUNT="1", ALLOWED_HOSTS="testserver,127.0.0.1",
            # No mail server listens there.
            EMAIL_URL="smtp://127.0.0.1:9/?tls=off", DEFAULT_FROM_EMAIL="shops@example.org",
            **ground.variables,
        )  # fmt: skip
        self.ground = ground
        self.variables["PATH"] = f"{Path(sys.executable).parent}:{self.variables['PATH']}"
        self.command = serving.read_procfile()["web"]

    def release(self) -> None:
        """Run the Procfile's `release`, which migrates the database, and the commands of the ground."""
        commands = [["python", "manage.py", *command] for command in self.ground.commands]
        for command in [serving.read_procfile()["release"], *commands]:
            subprocess.run(command, cwd=place.CLONE, env=self.variables, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def run_deployed(ground_name: str = "plain", **options: bool) -> Iterator[Deployed]:
    """Run the released service on new database servers. Stop it with SIGTERM at the end, as a platform does.

    `options` are those of the ground's run().
    """
    with grounds.load(ground_name).run(**options) as ground:
        service = Deployed(ground)
        service.release()
        try:
            service.start()
            yield service
        finally:
            assert service.stop() == 0, service.log.read_text()[-2000:]


def list_test_files() -> list[str]:
    """Return the paths of the files of API_TESTS."""
    return [f"{app}/tests/test_{name}.py" for app, names in API_TESTS.items() for name in names.split()]


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments. The default is all files of API_TESTS. Return its exit status.

    If a program is missing that the ground needs, print one sentence and return 0.
    """
    name = os.environ.get("GROUND") or "plain"
    if name not in grounds.list_names():
        sys.exit(f"GROUND is {name!r}: set it to {' or '.join(grounds.list_names())}.")
    try:
        with run_deployed(name) as service:
            return run_tests(service, arguments, GROUND=name)
    except MissingProgramError as error:
        print(f"Skipped make live GROUND={name}: {error}")
        return 0


def run_tests(service: Deployed, arguments: list[str], **variables: str) -> int:
    """Run the tests over HTTP and those of the ground itself. Return the first status that isn't 0.

    With LIVE_MINUTES, no test begins later, and those of the ground come first, because they are fewer.
    """
    variables = service.variables | service.ground.tests | variables
    minutes = os.environ.get("LIVE_MINUTES")
    end = time.monotonic() + float(minutes) * 60 if minutes else None
    own_tests = [] if arguments else grounds.list_own_tests(variables["GROUND"])
    runs: list[Callable[[], int]] = [lambda: run_over_http(arguments, variables, end)]
    if own_tests:
        runs.insert(0 if end else 1, lambda: run_in_process(own_tests, variables, end))
    return next(filter(None, [run() for run in runs]), 0)


def run_over_http(arguments: list[str], variables: dict[str, str], end: float | None) -> int:
    command = [sys.executable, "-m", "pytest", "-p", "testing.plugins.over_http", "--reuse-db", *limit_minutes(end)]
    command += arguments or ["--quiet", *list_test_files()]
    return subprocess.run(command, cwd=place.CLONE, env=variables, check=False).returncode


def run_in_process(files: list[str], variables: dict[str, str], end: float | None) -> int:
    """Run tests of the ground itself, on its database but not over HTTP. Return pytest's exit status."""
    command = [sys.executable, "-m", "pytest", "--reuse-db", "--quiet", *limit_minutes(end), *files]
    variables = variables | {"DB_NAME": grounds.NAME, "HTTPS": "off"}  # pytest-django adds `test_` to the name
    return subprocess.run(command, cwd=place.CLONE, env=variables, check=False).returncode


def limit_minutes(end: float | None) -> list[str]:
    """Return the options by which pytest begins no test after this moment."""
    return ["--minutes", f"{max(end - time.monotonic(), 1) / 60:.2f}"] if end else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
