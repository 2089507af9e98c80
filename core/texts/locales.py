"""The languages of pages, countries and cities in them, and what a browser's languages say about its region."""

import functools
import re
from importlib.resources import files

from babel import Locale
from babel.numbers import get_territory_currencies
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from core.money.currencies import TOO_FINE
from core.texts.folding import make_key
from core.time_zones import DEFAULT_ZONE

ENGLISH = "en"
LANGUAGES: dict[str, str] = dict(settings.LANGUAGES)


def find_accepted_language(header: str) -> str:
    """Return the one of LANGUAGES that an Accept-Language header prefers, or English."""
    for name, weight in parse_accept_lang_header(header.lower()):
        language = name.partition("-")[0]
        if weight and language in LANGUAGES:
            return language
    return ENGLISH


@functools.cache
def list_countries() -> dict[str, str]:
    """Return the English names of the countries, by their codes."""
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {code: name for name, code in sorted((name, code) for code, name in rows)}


def name_countries() -> dict[str, str]:
    """Return the names of the countries in the language of the request, by their codes."""
    return make_country_names(get_language() or ENGLISH)


def name_zones() -> dict[str, str]:
    """Return UTC and the zones that have a city, with the city's name in the language of the request. Omit aliases."""
    return make_zone_names(get_language() or ENGLISH)


@functools.cache
def make_country_names(language: str) -> dict[str, str]:
    names = Locale(language).territories
    return sort({code: names.get(code, name) for code, name in list_countries().items()})


@functools.cache
def list_zones() -> dict[str, str]:
    """Return the countries of the time zones, by the zones."""
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


@functools.cache
def make_zone_names(language: str) -> dict[str, str]:
    names = Locale(language).time_zones
    cities = {
        zone: names.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ") for zone in list_zones()
    }
    return sort(cities) | {DEFAULT_ZONE: DEFAULT_ZONE}


def sort(names: dict[str, str]) -> dict[str, str]:
    """Return the names in alphabetical order."""
    return dict(sorted(names.items(), key=lambda item: make_key(item[1])))


REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})(?:-.*)?")  # de-at, sr-latn-rs
# The currencies of regions that the library does not have yet, or after that of a neighbour or the former one.
OWN_CURRENCIES = {"BG": "EUR", "BT": "BTN", "LS": "LSL", "NA": "NAD", "ZW": "ZWG"}
# The region of a language that a browser names without one. English has none, because it is spoken in many.
USUAL_REGIONS = {"de": "DE", "fr": "FR", "es": "ES"}
WITH_COMMA = {"de", "fr", "es"}
# Regions that write a decimal point in these languages.
WITH_POINT = {
    "de-CH", "de-LI", "es-DO", "es-GT", "es-HN", "es-MX", "es-NI", "es-PA", "es-PE", "es-PR", "es-SV", "es-US",
}  # fmt: skip


def find_region(header: str) -> str:
    """Return the region that an Accept-Language header names first, or else that of its language, or an empty text."""
    tags = [tag for tag, weight in parse_accept_lang_header(header.lower()) if weight]
    found = [match[1].upper() for tag in tags if (match := REGION.fullmatch(tag))]
    usual = [USUAL_REGIONS[tag] for tag in tags[:1] if tag in USUAL_REGIONS]
    return next(iter([*found, *usual]), "")


def find_currency(header: str) -> str:
    """Return the currency of the region of an Accept-Language header, or an empty text if a shop can't have it."""
    currency = find_tender(find_region(header))
    return "" if currency in TOO_FINE else currency


def find_tender(region: str) -> str:
    """Return the currency that is legal tender in a region, or an empty text for an unknown region."""
    return OWN_CURRENCIES.get(region) or next(iter(get_territory_currencies(region)), "")


def list_currencies_of_zones() -> dict[str, str]:
    """Return the currencies of the countries of time zones, by the zones."""
    return {zone: one for zone, country in list_zones().items() if (one := find_tender(country)) not in TOO_FINE}


def writes_decimal_comma(language: str, header: str) -> bool:
    """Return whether people write 9,90 in the language, in the region that an Accept-Language header names."""
    return language in WITH_COMMA and f"{language}-{find_region(header)}" not in WITH_POINT
