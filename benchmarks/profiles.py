"""`python -m benchmarks.profiles`: profile each route, and count its SQL statements."""

from benchmarks import environment, results
from benchmarks.contenders import PRODUCTS


def main() -> None:
    with environment.start_database() as database:
        service = environment.make_service(database)
        shop = environment.fill_shop(service, PRODUCTS)
        tables = environment.run_module(service, "benchmarks.profiled", "--product", str(shop["first"]))
        conditions = results.describe_conditions(
            database.version(),
            "The application in one process, in milliseconds per request. Each title has the processor time of this"
            " process without a profile. The tables are of cProfile, which slows down Python code, so its share is"
            " overestimated. `wait` is the time of waiting for the database.",
            "BEGIN and COMMIT count as statements. The connection's health check, another round trip, does not.",
        )
    results.write_section("Where the time goes", f"{conditions}\n\n{tables}")


if __name__ == "__main__":
    main()
