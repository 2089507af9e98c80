"""Countries by the codes of ISO 3166-1, from the package `tzdata`."""

import functools
from importlib.resources import files

# Countries whose law asks some shops or all for a certified cash register, or certified software, to take payments.
# docs/payments.md names the laws.
WITH_CERTIFIED_REGISTERS = frozenset(
    ("AT", "BE", "BG", "DE", "ES", "FR", "GR", "HR", "HU", "IT", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK")
)


@functools.cache
def list_countries() -> dict[str, str]:
    """Return the English names of the countries, by their codes."""
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {code: name for name, code in sorted((name, code) for code, name in rows)}


def may_ask_for_register(country: str) -> bool:
    """Return whether the country asks for a certified cash register. Without a country, it may."""
    return not country or country in WITH_CERTIFIED_REGISTERS
