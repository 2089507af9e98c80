"""The names of countries and of time zones on pages."""

from django.utils import translation

from core.texts.locales import LANGUAGES, list_countries, name_countries, name_zones
from core.time_zones import list_zones
from testing.tables import all_cases


@all_cases(
    ("language", "austria", "london"),
    [
        ("en", "Austria", "London"), ("de", "Österreich", "London"), ("fr", "Autriche", "Londres"),
        ("es", "Austria", "Londres"),
    ],
)  # fmt: skip
def test_a_country_and_a_city_have_their_names_in_the_language(language, austria, london):
    with translation.override(language):
        assert (name_countries()["AT"], name_zones()["Europe/London"]) == (austria, london)


@all_cases("language", LANGUAGES)
def test_every_country_and_every_zone_has_a_name_of_its_own(language):
    with translation.override(language):
        countries, zones = name_countries(), name_zones()
    assert countries.keys() == list_countries().keys()
    assert zones.keys() < set(list_zones())
    assert len({*zones.values()}) == len(zones)
    assert len({*countries.values()}) == len(countries)


def test_names_are_in_alphabetical_order_and_utc_is_last():
    with translation.override("fr"):
        assert [*name_countries().values()].index("Équateur") < [*name_countries().values()].index("Érythrée")
        assert [*name_zones()][-1] == "UTC"


def test_a_city_has_its_state_if_others_have_its_name():
    assert name_zones()["America/North_Dakota/Center"] == "Center, North Dakota"
