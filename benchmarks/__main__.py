"""`python -m benchmarks`: compare the product with its references. Prints the tables and writes RESULTS.md."""

import argparse
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

from benchmarks import environment, load, results
from benchmarks.cases import make_cases
from benchmarks.contenders import COMPARED_SETTINGS, Contender, Contenders, start_contenders
from benchmarks.rounds import Row, describe_goals, describe_speed, rate_table, run_case

ROUNDS, SECONDS = 15, 1
QUICK_ROUNDS, QUICK_SECONDS = 2, 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds, in about two minutes")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--against", default="", metavar="COMMIT", help="run the product of this commit beside")
    arguments = parser.parse_args()
    rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    seconds = arguments.seconds or (QUICK_SECONDS if arguments.quick else SECONDS)
    load.require_wrk()
    with start_contenders(arguments.against) as contenders:
        check_responses(contenders)
        rows: list[Row] = []
        parts = list(run_cases(contenders, rounds, seconds, rows))
        proof = environment.run_module(contenders.service, "manage", "verify_stock").strip()
        writers = [contenders.product, *contenders.on_ledger()]
        conditions = results.describe_conditions(
            contenders.database.version(),
            f"{rounds} interleaved rounds of {seconds} s, {load.CLIENTS} keep-alive clients by wrk; medians.",
            describe_speed(rows),
            *results.describe_peers(),
            f"{', '.join(writer.name for writer in writers)} wrote to the same ledger. manage.py verify_stock printed "
            f"after all runs: {proof}",
            settings=environment.PRODUCT_SETTINGS | COMPARED_SETTINGS,
        )
    results.write_section("Comparison with reference implementations", "\n\n".join([conditions, *parts]))


def run_cases(contenders: Contenders, rounds: int, seconds: float, all_rows: list[Row]) -> Iterator[str]:
    """Yield each case as a table, followed by its goals and whether they were reached. Append to `all_rows`."""
    for case in make_cases(contenders):
        rows = run_case(case, rounds, seconds)
        all_rows += rows
        goals = "\n".join(describe_goals(case, rows))
        part = f"### {case.title}\n\n{results.format_table(rate_table(rows))}\n\n{goals}"
        print(f"\n{part}", flush=True)
        yield part


# --- Check that product and references do the same work -------------------------------------------------


def check_responses(contenders: Contenders) -> None:
    """Assert that the references on the product's ledger and the product return the same responses."""
    for reference in contenders.on_ledger():
        check_reads(contenders.product, reference)
        check_movement(contenders.product, reference)
    check_path(contenders.product, contenders.bare, "/api/stock/?page_size=50")


def check_reads(product: Contender, reference: Contender) -> None:
    for path in ("/api/products/?page_size=50", "/api/products/?page_size=50&page=3", "/api/dashboard/"):
        check_path(product, reference, path)


def check_path(product: Contender, reference: Contender, path: str) -> None:
    expected, answer = fetch_json(product, path), fetch_json(reference, path)
    # The links contain the address of the server.
    answer = json.loads(json.dumps(answer).replace(reference.address, product.address))
    assert answer == expected, f"{path} differs at {reference.name}: {answer} {expected}"


def check_movement(product: Contender, reference: Contender) -> None:
    body = {"product": int(product.variables["FIRST"]), "movement_type": "OUT", "quantity": 1}
    expected, answer = fetch_json(product, "/api/stock/", body), fetch_json(reference, "/api/stock/", body)
    varying = {"id", "operation", "sequence", "old_quantity", "new_quantity", "occurred_at", "timestamp"}
    difference = f"{reference.name}: {answer}, {product.name}: {expected}"
    assert list(answer) == list(expected), f"the movements have other fields: {difference}"
    assert all(answer[name] == expected[name] for name in expected.keys() - varying), difference
    assert answer["old_quantity"] == expected["new_quantity"], f"the ledger is not continued: {difference}"


def fetch_json(contender: Contender, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {contender.variables['TOKEN']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(contender.address + path, data, headers)  # noqa: S310 - a local address
    with urllib.request.urlopen(request) as response:  # noqa: S310 - the same
        return json.load(response)


if __name__ == "__main__":
    main()
