"""`python -m benchmarks.instructions`: count the instructions of a request of the product and of its references.

callgrind, a part of valgrind, counts them in one process, without the server and the kernel. For the product, it also
counts those of PostgreSQL's process. The counts of two runs differ by less than 1 %, even on a busy machine, so they
show small changes that rates hide. `--set` writes those of the product to BUDGET. A test compares them, so that a
change that makes a request dearer is seen in its commit.
"""

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks import environment, peers, results
from benchmarks.contenders import BARE, BARE_APPLICATION, PRODUCT
from benchmarks.counted import REPEATS
from benchmarks.in_process import hot_requests
from benchmarks.peers import FASTAPI, FASTAPI_APPLICATION
from core.database.embedded import place, server
from testing.servers import serving

BUDGET = Path(__file__).parent / "instructions.json"
PRODUCTS = 10_000
PRODUCT_APPLICATION = "inventory_api.wsgi:application"
TITLES = [*hot_requests(0)]
FASTAPI_TITLES = [title for title in TITLES if "movements" not in title]
TOTAL = re.compile(r"^totals: (\d+)$", re.MULTILINE)
TIMEOUT_SECONDS = 600
IN_CALLGRIND = """#!/bin/sh
exec valgrind --quiet --tool=callgrind --dump-before=pg_backend_pid --callgrind-out-file={folder}/counts.%p \\
    {program} -c autovacuum=off "$@"
"""

Counts = dict[str, int]  # thousands of instructions by the title of the request


def is_installed() -> bool:
    return bool(shutil.which("valgrind") and shutil.which("callgrind_control"))


def describe_build(version: str = sys.version) -> str:
    """Return what counts depend on beside the code: the build of Python or PostgreSQL, and the processor's kind."""
    return f"{version} {platform.machine()}"


def start_shop(database: serving.Database) -> tuple[serving.Service, list[str]]:
    """Fill a shop. Return the service, which is stopped again, and the product and token for the requests."""
    service = environment.make_service(database)
    shop = environment.fill_shop(service, PRODUCTS)
    service.start()
    try:
        return service, [str(shop["first"]), environment.sign_in(service)]
    finally:
        service.stop()


def count_instructions(
    service: serving.Service, shop: list[str], application: str = PRODUCT_APPLICATION, titles: Iterable[str] = TITLES
) -> Counts:
    """Run the application in callgrind, and return the thousands of instructions of each request."""
    titles = list(titles)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "counts"
        done = subprocess.run(
            [
                "valgrind", "--tool=callgrind", "--instr-atstart=no", "--dump-before=getppid",
                f"--callgrind-out-file={output}", sys.executable, "-m", "benchmarks.counted", application, *shop,
                *titles,
            ],
            cwd=place.CLONE, env={**service.variables, "PYTHONHASHSEED": "0"}, capture_output=True, text=True,
            check=False, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        assert not done.returncode, done.stderr[-2000:]
        # Each request is between the marks 2n - 1 and 2n, and a file has the counts since the mark before.
        return {title: read_total(Path(f"{output}.{2 * n}")) for n, title in enumerate(titles, 1)}


def count_in_database(database: serving.Database, service: serving.Service, shop: list[str]) -> Counts:
    """Run PostgreSQL in callgrind, and return the thousands of instructions that it executes for each request."""
    folder = database.folder / "counts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    folder.chmod(0o777)  # the server may run as another user
    program = folder / "postgres"
    program.write_text(IN_CALLGRIND.format(folder=folder, program=server.programs_folder() / "postgres"))
    program.chmod(0o755)
    environment.analyze_databases()
    database.stop()
    server.start("-p", str(program))
    try:
        command = [sys.executable, "-m", "benchmarks.counted_database", *shop, *TITLES]
        variables = {**service.variables, **environment.NO_TIME_LIMITS}
        done = subprocess.run(
            command, cwd=place.CLONE, env=variables, capture_output=True, text=True, check=False,
            timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        assert not done.returncode, done.stderr[-2000:]
    finally:
        database.stop()
    backend = done.stdout.strip()
    return {title: read_total(folder / f"counts.{backend}.{2 * n}") for n, title in enumerate(TITLES, 1)}


def read_total(file: Path) -> int:
    """Return the thousands of instructions of one request."""
    found = TOTAL.search(file.read_text())
    assert found, file
    return int(found[1]) // REPEATS // 1000


def read_budget(program: str, build: str) -> Counts:
    """Return the product's counts in Python or PostgreSQL. They are empty if they were measured with another build."""
    budget = json.loads(BUDGET.read_text())[program]
    counts: Counts = budget["thousands"] if budget["build"] == build else {}
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="store_true", help="write the product's counts to the budget, and stop")
    arguments = parser.parse_args()
    if not is_installed():
        print("Instructions are not counted: install valgrind.")
        return
    with environment.start_database() as database:
        service, shop = start_shop(database)
        counts = {PRODUCT: count_instructions(service, shop)}
        if arguments.set:
            version = database.version()
            budget = {
                "python": {"build": describe_build(), "thousands": counts[PRODUCT]},
                "postgresql": {
                    "build": describe_build(version), "thousands": count_in_database(database, service, shop)
                },
            }  # fmt: skip
            BUDGET.write_text(json.dumps(budget, indent=2) + "\n")
            print(BUDGET.read_text())
            return
        counts[BARE] = count_instructions(service, shop, BARE_APPLICATION)
        if peers.are_installed():
            counts[FASTAPI] = count_instructions(service, shop, FASTAPI_APPLICATION, FASTAPI_TITLES)
        in_database = count_in_database(database, service, shop)
    note = (
        "Thousands of instructions of one warm request in one process, counted by callgrind: without the server, the"
        f" kernel and PostgreSQL. The shop has {PRODUCTS} products."
    )
    other = "Those of PostgreSQL for the same requests, with the plans that it keeps for them."
    tables = f"{tabulate(counts)}\n\n{other}\n\n{tabulate({'PostgreSQL': in_database})}"
    results.write_section("Instructions", f"{results.describe_machine()}\n- {note}\n\n{tables}")


def tabulate(counts: dict[str, Counts]) -> str:
    rows = [["", *TITLES]]
    for name, thousands in counts.items():
        rows.append([name, *(f"{thousands[title]:,}" if title in thousands else "" for title in TITLES)])
    for name, thousands in list(counts.items())[1:]:
        ratios = {title: counts[PRODUCT][title] / number for title, number in thousands.items()}
        rows.append([f"product / {name}", *(f"{ratios[title]:.2f}" if title in ratios else "" for title in TITLES)])
    return results.format_table(rows)


if __name__ == "__main__":
    main()
