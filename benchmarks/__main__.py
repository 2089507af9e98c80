"""`python -m benchmarks`: the product and its references, interleaved; prints the tables and writes RESULTS.md."""

import argparse
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

from benchmarks import contenders, environment, load, results
from benchmarks.cases import cases
from benchmarks.contenders import Arena, Contender
from benchmarks.rounds import play, table, verdicts

ROUNDS, SECONDS = 5, 3
QUICK_ROUNDS, QUICK_SECONDS = 2, 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds, in less than two minutes")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int)
    asked = parser.parse_args()
    rounds = asked.rounds or (QUICK_ROUNDS if asked.quick else ROUNDS)
    seconds = asked.seconds or (QUICK_SECONDS if asked.quick else SECONDS)
    load.check_driver()
    with contenders.arena() as arena:
        check_answers(arena)
        parts = list(played(arena, rounds, seconds))
        proof = environment.run(arena.service, "manage", "verify_stock").strip()
        about = results.conditions(
            arena.database.version(),
            f"{rounds} interleaved rounds of {seconds} s, {load.CLIENTS} keep-alive clients by wrk; medians.",
            f"After all of it, product and bare server mixed, manage.py verify_stock: {proof}",
        )
    results.write("Against the references", "\n\n".join([about, *parts]))


def played(arena: Arena, rounds: int, seconds: float) -> Iterator[str]:
    """Each case as a table with what became of its goals."""
    for case in cases(arena):
        rows = play(case, rounds, seconds)
        goals = "\n".join(verdicts(case, rows))
        part = f"### {case.title}\n\n{results.markdown(table(rows))}\n\n{goals}"
        print(f"\n{part}", flush=True)
        yield part


# --- Is it the same work? -------------------------------------------------------------------------------


def check_answers(arena: Arena) -> None:
    """The bare server answers what the product answers."""
    for path in ("/api/products/?page_size=50", "/api/products/?page_size=50&page=3", "/api/dashboard/"):
        product, bare = ask(arena.product, path), ask(arena.bare, path)
        assert localised(bare, arena) == product, f"{path} differs: {bare} {product}"
    body = {"product": int(arena.product.variables["FIRST"]), "movement_type": "OUT", "quantity": 1}
    product, bare = ask(arena.product, "/api/stock/", body), ask(arena.bare, "/api/stock/", body)
    varying = {"id", "operation", "sequence", "old_quantity", "new_quantity", "occurred_at", "timestamp"}
    assert list(bare) == list(product), f"the movements have other fields: {bare} {product}"
    assert all(bare[name] == product[name] for name in product.keys() - varying), f"{bare} {product}"
    assert bare["old_quantity"] == product["new_quantity"], "the bare server does not go on where the product stopped"


def localised(answer: Any, arena: Arena) -> Any:
    """The bare server's answer with the product's address in its links."""
    return json.loads(json.dumps(answer).replace(arena.bare.address, arena.product.address))


def ask(contender: Contender, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {contender.variables['TOKEN']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(contender.address + path, data, headers)  # noqa: S310 - our own address
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
        return json.load(answer)


if __name__ == "__main__":
    main()
