"""The examples of docs/clients.md."""

import re

from django.conf import settings

EXPECTED_OUTPUT = "10 -> 7\n8 wanted, 7 there\n"


def read_example(language: str, address: str) -> str:
    """Return the page's program in this language, with the address of the tested service."""
    _, generated = (settings.BASE_DIR / "docs" / "clients.md").read_text().split("\n## Generate a client\n")
    [program] = re.findall(rf"```{language}\n(.*?)```", generated, re.DOTALL)
    return str(program).replace("http://127.0.0.1:8000", address)
