"""`python -m benchmarks.sheets`: how long 3,000 differences and the booking of 10,000 lines take."""

import subprocess
import sys

from benchmarks import environment, results
from core.database.embedded import place

PRODUCTS = 10_000


def main() -> None:
    with environment.start_database() as database:
        service = environment.make_service(database)
        environment.fill_shop(service, PRODUCTS)
        command = [sys.executable, "-m", "benchmarks.sheet_times", str(PRODUCTS)]
        done = subprocess.run(
            command, cwd=place.CLONE, env=service.variables, capture_output=True, text=True, check=False
        )
        assert not done.returncode, done.stderr[-2000:]
    results.write_section("Counting sheets", f"{results.describe_machine()}\n{done.stdout}")
    print(done.stdout)


if __name__ == "__main__":
    main()
