"""The TypeScript client in use, in the page's example: sign up, a product, a sale, a refused sale."""

import shutil
import subprocess

import pytest
from django.conf import settings

from clients.tests.page import PRINTED, example

PACKAGE = settings.BASE_DIR / "build" / "clients" / "typescript"
WRONG = """
import { inventory } from "inventory-api-client";
await inventory("").POST("/api/stock/", { body: { product: 1, movement_type: "SIDEWAYS", quantity: 3 } });
"""


@pytest.fixture
def compiled(tmp_path):
    """Compiles a program beside a copy of the client; what the compiler says."""
    shutil.copytree(PACKAGE, tmp_path / "client", symlinks=True)

    def compile_program(program):
        (tmp_path / "client" / "src" / "program.ts").write_text(program)
        command = ["npx", "--no-install", "tsc"]
        return subprocess.run(command, cwd=tmp_path / "client", capture_output=True, text=True, timeout=120).stdout

    return compile_program


def test_the_pages_example_compiles_and_runs_as_it_says(compiled, tmp_path, address):
    assert compiled(example("typescript", address)) == ""
    program = tmp_path / "client" / "dist" / "program.js"
    done = subprocess.run(["node", str(program)], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == (PRINTED, "")


def test_a_value_that_the_schema_does_not_know_is_a_compile_error(compiled):
    assert """Type '"SIDEWAYS"' is not assignable to type '"IN" | "OUT"'""" in compiled(WRONG)
