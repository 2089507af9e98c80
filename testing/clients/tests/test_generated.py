"""openapi-generator's clients in Python, Go and Java are compiled, and make the same calls with the same results."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from testing.clients.generate import JARS, LANGUAGES, missing_requirements

BUILT = settings.BASE_DIR / "build" / "clients"
PROGRAMS = settings.BASE_DIR / "testing" / "clients" / "programs"
TIMEOUT_SECONDS = 300
EXPECTED_OUTPUT = """\
products: 0
created: Kettle 24.50 Kitchen 10
in: 10 15 purchase
out: 15 12 sale
operation: 2 damage
count: -1
refused: 400 insufficient_stock 9 99
refused: 400 This field may not be blank.
history: 6
dashboard: 3000000009
report: 30000220.50
"""


def run(*command, cwd=None, **variables):
    environment = {"PATH": os.environ["PATH"], "HOME": str(Path.home()), **variables}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def python(folder, *arguments):
    return run(sys.executable, PROGRAMS / "ten_calls.py", *arguments, PYTHONPATH=str(BUILT / "openapi-python"))


def go(folder, *arguments):
    """Run the program in one module with the client, which needs only Go's standard library."""
    shutil.copytree(BUILT / "openapi-go", folder / "inventory", ignore=shutil.ignore_patterns("test", "go.*"))
    shutil.copy(PROGRAMS / "ten_calls.go", folder)
    (folder / "go.mod").write_text("module example.org/calls\n\ngo 1.19\n")
    run("go", "vet", "./...", cwd=folder, GOFLAGS="-mod=mod", GOPROXY="off")
    return run("go", "run", ".", *arguments, cwd=folder, GOFLAGS="-mod=mod", GOPROXY="off")


def java(folder, *arguments):
    package = Path(importlib.util.find_spec("openapi_generator_cli").origin).parent
    jars = [*package.glob("*.jar"), *JARS]
    path = ":".join(map(str, [*jars, folder]))
    sources = [*(BUILT / "openapi-java" / "src" / "main").rglob("*.java"), PROGRAMS / "TenCalls.java"]
    run("javac", "-encoding", "UTF-8", "-nowarn", "-Xlint:none", "-cp", path, "-d", folder, *sources)
    return run("java", "-cp", path, "TenCalls", *arguments)


@pytest.mark.parametrize("run_client", [python, go, java], ids=lambda run_client: run_client.__name__)
def test_the_client_compiles_and_its_calls_print_the_expected_results(run_client, address, tmp_path):
    if missing := missing_requirements(LANGUAGES[run_client.__name__]):
        pytest.skip(f"{missing} is not installed")
    assert run_client(tmp_path, address, run_client.__name__) == EXPECTED_OUTPUT
