"""The files of the demo shop, which people edit: data/ has what it sells, who works in it and what happens in it."""

import csv
import tomllib
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data")


def read_toml(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def read_csv(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
