"""The names of countries, and of the cities of time zones, in the languages of pages. They come from `babel`."""

import functools
from importlib.resources import files

from babel import Locale
from django.utils.translation import get_language

from core.countries import list_countries
from core.folding import make_key
from core.languages import ENGLISH
from core.time_zones import DEFAULT_ZONE


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
def make_zone_names(language: str) -> dict[str, str]:
    names = Locale(language).time_zones
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines()
    zones = [line.split("\t")[2] for line in lines if not line.startswith("#")]
    cities = {zone: names.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ") for zone in zones}
    return sort(cities) | {DEFAULT_ZONE: DEFAULT_ZONE}


def sort(names: dict[str, str]) -> dict[str, str]:
    """Return the names in alphabetical order."""
    return dict(sorted(names.items(), key=lambda item: make_key(item[1])))
