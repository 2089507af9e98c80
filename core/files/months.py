"""The names of months in the languages of files: `31-Jan-27`, `31 janvier 2027`, `23-févr`."""

from functools import cache

from babel import Locale

from core import folding

# The languages in which the names of columns are known, and other languages of files.
LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "hu", "ro", "ru", "uk", "bg", "el", "tr", "sv", "da",
    "nb", "fi", "hr", "sl", "lt", "lv", "et", "ca",
)  # fmt: skip


OTHER_NAMES = {"mrz": 3}  # abbreviations of spreadsheets that the library lacks


def find_month(name: str) -> int | None:
    """Return the number of the month with this name in any of the languages, or None."""
    return list_months().get(fold(name))


@cache
def list_months() -> dict[str, int]:
    """Return the months by their names and usual abbreviations. Names of two months (`listopad`) are left out."""
    found: dict[str, set[int]] = {name: {number} for name, number in OTHER_NAMES.items()}
    for language in LANGUAGES:
        for names in Locale(language).months.values():
            for number, name in (*names["wide"].items(), *names["abbreviated"].items()):
                found.setdefault(fold(name), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


def fold(name: str) -> str:
    """Return the name without case, accents and signs."""
    return "".join(filter(str.isalpha, folding.fold(name)))
