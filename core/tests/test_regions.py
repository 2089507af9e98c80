"""What a new shop gets by the languages of the browser."""

from core.money.currencies import CURRENCIES
from core.texts.locales import find_currency, find_tender, list_countries, writes_decimal_comma
from testing.tables import all_cases


def test_each_country_has_a_currency_of_the_list_but_the_antarctic():
    found = {country: find_tender(country) for country in [*list_countries(), "XK"]}
    assert [country for country, currency in found.items() if currency not in CURRENCIES] == ["AQ"]
    assert len(found) == 250
    of_several = {"BG": "EUR", "BT": "BTN", "LS": "LSL", "NA": "NAD", "ZW": "ZWG", "PA": "PAB", "CH": "CHF"}
    assert found.items() >= of_several.items()


@all_cases(
    ("header", "currency"),
    [
        ("de", "EUR"), ("de-DE,de;q=0.9", "EUR"), ("de,de-CH;q=0.9", "CHF"), ("en-GB,en;q=0.9", "GBP"),
        ("en,en-US;q=0.9", "USD"), ("pl-PL", "PLN"), ("sr-Latn-RS", "RSD"), ("fr-CA", "CAD"), ("es-419", ""),
        ("en", ""), ("", ""), ("*", ""), ("de-ZZ", ""), ("en-US;q=0", ""), ("x" * 5000, ""),
    ],
)  # fmt: skip
def test_the_currency_of_a_browser(header, currency):
    assert find_currency(header) == currency


@all_cases(
    ("language", "header", "has_comma"),
    [
        ("de", "de-DE", True), ("de", "de", True), ("de", "de-CH", False), ("fr", "fr-CH", True), ("es", "es-ES", True),
        ("es", "es-MX", False), ("en", "en-US", False), ("en", "pl-PL", False),
    ],
)  # fmt: skip
def test_the_decimal_sign_of_a_browser(language, header, has_comma):
    assert writes_decimal_comma(language, header) is has_comma
