"""The examples of docs/clients.md."""

import re

from django.conf import settings

PRINTED = "10 -> 7\n8 wanted, 7 there\n"


def example(language: str, address: str) -> str:
    """The page's program in this language, about the service at the address."""
    page = (settings.BASE_DIR / "docs" / "clients.md").read_text()
    [program] = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return str(program).replace("http://127.0.0.1:8000", address)
