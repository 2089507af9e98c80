"""`python -m benchmarks.profiles`: where the product's time goes and what it asks the database, route by route."""

from benchmarks import environment, results
from benchmarks.contenders import PRODUCTS


def main() -> None:
    with environment.ground() as database:
        service = environment.product(database)
        shop = environment.fill(service, PRODUCTS)
        found = environment.run(service, "benchmarks.profiled", "--product", str(shop["first"]))
        about = results.conditions(
            database.version(),
            "The application within one process, under cProfile: milliseconds per request, in which a profile makes"
            " Python look dearer than it is. `wait` is the wait for the database.",
            "BEGIN and COMMIT count as statements; the connection's health check, one more trip, does not.",
        )
    results.write("Where the time goes", f"{about}\n\n{found}")


if __name__ == "__main__":
    main()
