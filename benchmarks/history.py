"""`python -m benchmarks.history`: what the history costs an import that changes 100,000 products.

Dry runs with and without it alternate in one process: a dry run writes everything, and then rolls back.
"""

import subprocess
import sys

from benchmarks import environment, results
from core.database.embedded import place

PRODUCTS = 100_000


def main() -> None:
    with environment.start_database() as database:
        service = environment.make_service(database)
        environment.fill_shop(service, PRODUCTS)
        command = [sys.executable, "-m", "benchmarks.history_pairs", str(PRODUCTS)]
        done = subprocess.run(
            command, cwd=place.CLONE, env=service.variables, capture_output=True, text=True, check=False
        )
        assert not done.returncode, done.stderr[-2000:]
    results.write_section("History of imports", f"{results.describe_machine()}\n- {done.stdout}")
    print(done.stdout)


if __name__ == "__main__":
    main()
