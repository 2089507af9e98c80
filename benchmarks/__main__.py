"""`python -m benchmarks`: compare the product with its references. Prints the tables and writes RESULTS.md."""

import argparse
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

from benchmarks import environment, load, results
from benchmarks.cases import make_cases
from benchmarks.contenders import Contender, Contenders, start_contenders
from benchmarks.rounds import describe_goals, rate_table, run_case

ROUNDS, SECONDS = 5, 3
QUICK_ROUNDS, QUICK_SECONDS = 2, 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds, in less than two minutes")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int)
    arguments = parser.parse_args()
    rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    seconds = arguments.seconds or (QUICK_SECONDS if arguments.quick else SECONDS)
    load.require_wrk()
    with start_contenders() as contenders:
        check_responses(contenders)
        parts = list(run_cases(contenders, rounds, seconds))
        proof = environment.run_module(contenders.service, "manage", "verify_stock").strip()
        conditions = results.describe_conditions(
            contenders.database.version(),
            f"{rounds} interleaved rounds of {seconds} s, {load.CLIENTS} keep-alive clients by wrk; medians.",
            f"Product and bare server wrote to the same ledger. manage.py verify_stock printed after all runs: {proof}",
        )
    results.write_section("Comparison with reference implementations", "\n\n".join([conditions, *parts]))


def run_cases(contenders: Contenders, rounds: int, seconds: float) -> Iterator[str]:
    """Yield each case as a table, followed by its goals and whether they were reached."""
    for case in make_cases(contenders):
        rows = run_case(case, rounds, seconds)
        goals = "\n".join(describe_goals(case, rows))
        part = f"### {case.title}\n\n{results.format_table(rate_table(rows))}\n\n{goals}"
        print(f"\n{part}", flush=True)
        yield part


# --- Check that product and bare server do the same work ------------------------------------------------


def check_responses(contenders: Contenders) -> None:
    """Assert that the bare server and the product return the same responses."""
    for path in ("/api/products/?page_size=50", "/api/products/?page_size=50&page=3", "/api/dashboard/"):
        product, bare = fetch_json(contenders.product, path), fetch_json(contenders.bare, path)
        assert with_product_address(bare, contenders) == product, f"{path} differs: {bare} {product}"
    body = {"product": int(contenders.product.variables["FIRST"]), "movement_type": "OUT", "quantity": 1}
    product, bare = (
        fetch_json(contenders.product, "/api/stock/", body),
        fetch_json(contenders.bare, "/api/stock/", body),
    )
    varying = {"id", "operation", "sequence", "old_quantity", "new_quantity", "occurred_at", "timestamp"}
    assert list(bare) == list(product), f"the movements have other fields: {bare} {product}"
    assert all(bare[name] == product[name] for name in product.keys() - varying), f"{bare} {product}"
    assert bare["old_quantity"] == product["new_quantity"], "the bare server does not continue the product's ledger"


def with_product_address(response: Any, contenders: Contenders) -> Any:
    """Return the response of the bare server with the product's address in its links."""
    return json.loads(json.dumps(response).replace(contenders.bare.address, contenders.product.address))


def fetch_json(contender: Contender, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {contender.variables['TOKEN']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(contender.address + path, data, headers)  # noqa: S310 - a local address
    with urllib.request.urlopen(request) as response:  # noqa: S310 - the same
        return json.load(response)


if __name__ == "__main__":
    main()
