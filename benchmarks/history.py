"""`python -m benchmarks.history`: what the history costs an import that changes 100,000 products."""

from benchmarks import environment, results

PRODUCTS = 100_000


def main() -> None:
    with environment.start_database() as database:
        service = environment.make_service(database)
        environment.fill_shop(service, PRODUCTS)
        measured = environment.run_module(service, "benchmarks.timed_imports")
    results.write_section("History of imports", f"{results.describe_machine()}\n- {measured}")


if __name__ == "__main__":
    main()
