"""`python -m benchmarks.agents`: the time of an agent's search and of a preview, as ratios to those of their routes."""

from benchmarks import environment, results

PRODUCTS = 10_000


def main() -> None:
    with environment.start_database() as database:
        service = environment.make_service(database)
        environment.fill_shop(service, PRODUCTS)
        measured = environment.run_module(service, "benchmarks.agent_pairs")
    results.write_section("Agents", f"{results.describe_machine()}\n{measured}")
    print(measured)


if __name__ == "__main__":
    main()
