"""The TypeScript client in the page's example: sign-up, a product, a sale, a refused sale."""

import shutil
import subprocess

import pytest
from django.conf import settings

from testing.clients.tests.page import EXPECTED_OUTPUT, read_example

PACKAGE = settings.BASE_DIR / "build" / "clients" / "typescript"
WRONG = """
import { inventory } from "inventory-api-client";
await inventory("").POST("/api/stock/", { body: { product: 1, movement_type: "SIDEWAYS", quantity: 3 } });
"""


@pytest.fixture
def compile_program(tmp_path):
    """Return a function that compiles a program with a copy of the client, and returns the compiler's output."""
    shutil.copytree(PACKAGE, tmp_path / "client", symlinks=True)

    def compile_source(program):
        (tmp_path / "client" / "src" / "program.ts").write_text(program)
        command = ["npx", "--no-install", "tsc"]
        return subprocess.run(command, cwd=tmp_path / "client", capture_output=True, text=True, timeout=120).stdout

    return compile_source


def test_the_pages_example_compiles_and_prints_the_documented_output(compile_program, tmp_path, address):
    assert compile_program(read_example("typescript", address)) == ""
    program = tmp_path / "client" / "dist" / "program.js"
    done = subprocess.run(["node", str(program)], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == (EXPECTED_OUTPUT, "")


def test_a_value_that_is_not_in_the_schema_is_a_compile_error(compile_program):
    assert """Type '"SIDEWAYS"' is not assignable to type '"IN" | "OUT"'""" in compile_program(WRONG)
