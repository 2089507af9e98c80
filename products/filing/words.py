"""The words in products/filing/words.toml, which says what they mean."""

import tomllib
from pathlib import Path
from typing import Any

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
TOTALS, YES_OR_NO, YES, NOT_GOODS, VARIANTS, TRACKED, NOT_TRACKED, TRACKERS = (
    frozenset(WORDS[name])
    for name in ("totals", "yes_or_no", "yes", "not_goods", "variants", "tracked", "not_tracked", "trackers")
)
PAID: list[str] = WORDS["paid"]
INCLUDED: list[str] = WORDS["included"]
BESIDE: dict[str, list[str]] = WORDS["beside"]
# Each meaning with its words. It is empty for words of columns that have neither stock nor money.
HINTS: list[tuple[str, list[str]]] = [
    *((one["meaning"], one["words"]) for one in WORDS["hints"]), ("", WORDS["pictures"])
]  # fmt: skip
