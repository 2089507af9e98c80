"""`python -m benchmarks`: compare the product with its references. Prints the tables and writes RESULTS.md."""

import argparse
from collections.abc import Iterator

from benchmarks import environment, load, results
from benchmarks.cases import make_cases
from benchmarks.contenders import COMPARED_SETTINGS, Contenders, start_contenders
from benchmarks.rounds import describe_goals, rate_table, run_case

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
        parts = list(run_cases(contenders, rounds, seconds))
        proof = environment.run_module(contenders.service, "manage", "verify_stock").strip()
        writers = [contenders.product, *contenders.references]
        conditions = results.describe_conditions(
            contenders.database.version(),
            f"{rounds} interleaved rounds of {seconds} s, {load.CLIENTS} keep-alive clients by wrk; medians.",
            *results.describe_peers(),
            f"{', '.join(writer.name for writer in writers)} wrote to the same ledger. manage.py verify_stock printed "
            f"after all runs: {proof}",
            settings=environment.PRODUCT_SETTINGS | COMPARED_SETTINGS,
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


if __name__ == "__main__":
    main()
