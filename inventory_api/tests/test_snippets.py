"""The snippets of docs/clients.md run in each language, and print what the page shows."""

import re
import shutil
import subprocess
import sys

import pytest
from django.core.management import call_command

from inventory_api.tests.test_readme import find_fences, production_environment, read_document

OUTPUT = "text"
NODE_MISSING = "Node.js is not installed, so the JavaScript snippets are not run."
PROGRAMS = {
    "bash": ["bash", "-e", "-u", "-o", "pipefail", "-c"],
    "python": [sys.executable, "-c"],
    "javascript": ["node", "--input-type=module", "--eval"],
}
CALLS = [
    "Sign in", "List products", "Change several products", "Add a product", "Sell", "Receive a delivery", "Count",
    "Undo",
]  # fmt: skip


def read_snippets():
    return read_document("docs/clients.md").split("\n## ")[1]


def get_blocks(language):
    return "".join(body for _, word, body in find_fences(read_snippets()) if word == language)


def run_snippets(language, address):
    """Return the output of the snippets of this language, which run as one program."""
    program = get_blocks(language).replace("http://127.0.0.1:8000", address)
    done = subprocess.run(
        [*PROGRAMS[language], program],
        env=production_environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@pytest.mark.long
def test_the_snippets_print_what_the_page_shows(settings, live_server):
    """The languages run in the same demo one after the other, as a person would who compares them."""
    settings.DEMO = True
    call_command("load_demo")
    languages = [language for language in PROGRAMS if language != "javascript" or shutil.which("node")]
    for language in languages:
        assert run_snippets(language, live_server.url) == get_blocks(OUTPUT), language
    if "javascript" not in languages:
        pytest.skip(NODE_MISSING)


def test_every_call_has_a_snippet_in_each_language():
    sections = re.split(r"^### (.+)$", read_snippets(), flags=re.MULTILINE)
    assert sections[1::2] == CALLS
    for call, section in zip(CALLS, sections[2::2], strict=True):
        languages = [word for _, word, _ in find_fences(section)]
        assert languages == [*PROGRAMS, *([OUTPUT] if call != "Sign in" else [])], call
