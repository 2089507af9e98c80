"""`python -m benchmarks.sheets`: how long 3,000 differences and the booking of 10,000 lines take."""

from benchmarks import environment, results

PRODUCTS = 10_000


def main() -> None:
    with environment.start_database() as database:
        service = environment.make_service(database)
        environment.fill_shop(service, PRODUCTS)
        measured = environment.run_module(service, "benchmarks.sheet_times", str(PRODUCTS))
    results.write_section("Counting sheets", f"{results.describe_machine()}\n{measured}")
    print(measured)


if __name__ == "__main__":
    main()
