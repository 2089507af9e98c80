"""The languages of pages, countries and cities in them, and what a browser's languages say about its region."""

import functools
import re
from importlib.resources import files

from babel import Locale
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


REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})(?:-.*)?")  # de-at, sr-latn-rs
# The regions of ISO 3166 by the currency that is legal tender there.
REGIONS = {
    "AED": "AE", "AFN": "AF", "ALL": "AL", "AMD": "AM", "AOA": "AO", "ARS": "AR", "AUD": "AU CC CX HM KI NF NR TV",
    "AWG": "AW", "AZN": "AZ", "BAM": "BA", "BBD": "BB", "BDT": "BD", "BHD": "BH", "BIF": "BI", "BMD": "BM", "BND": "BN",
    "BOB": "BO", "BRL": "BR", "BSD": "BS", "BTN": "BT", "BWP": "BW", "BYN": "BY", "BZD": "BZ", "CAD": "CA", "CDF": "CD",
    "CHF": "CH LI", "CLP": "CL", "CNY": "CN", "COP": "CO", "CRC": "CR", "CUP": "CU", "CVE": "CV", "CZK": "CZ",
    "DJF": "DJ", "DKK": "DK FO GL", "DOP": "DO", "DZD": "DZ", "EGP": "EG", "ERN": "ER", "ETB": "ET",
    "EUR": "AD AT AX BE BG BL CY DE EE ES FI FR GF GP GR HR IE IT LT LU LV MC ME MF MQ MT NL PM PT RE SI SK SM TF VA XK"
           " YT",
    "FJD": "FJ", "FKP": "FK", "GBP": "GB GG GS IM JE", "GEL": "GE", "GHS": "GH", "GIP": "GI", "GMD": "GM", "GNF": "GN",
    "GTQ": "GT", "GYD": "GY", "HKD": "HK", "HNL": "HN", "HTG": "HT", "HUF": "HU", "IDR": "ID", "ILS": "IL PS",
    "INR": "IN", "IQD": "IQ", "IRR": "IR", "ISK": "IS", "JMD": "JM", "JOD": "JO", "JPY": "JP", "KES": "KE", "KGS": "KG",
    "KHR": "KH", "KMF": "KM", "KPW": "KP", "KRW": "KR", "KWD": "KW", "KYD": "KY", "KZT": "KZ", "LAK": "LA", "LBP": "LB",
    "LKR": "LK", "LRD": "LR", "LSL": "LS", "LYD": "LY", "MAD": "EH MA", "MDL": "MD", "MGA": "MG", "MKD": "MK",
    "MMK": "MM", "MNT": "MN", "MOP": "MO", "MRU": "MR", "MUR": "MU", "MVR": "MV", "MWK": "MW", "MXN": "MX", "MYR": "MY",
    "MZN": "MZ", "NAD": "NA", "NGN": "NG", "NIO": "NI", "NOK": "BV NO SJ", "NPR": "NP", "NZD": "CK NU NZ PN TK",
    "OMR": "OM", "PAB": "PA", "PEN": "PE", "PGK": "PG", "PHP": "PH", "PKR": "PK", "PLN": "PL", "PYG": "PY", "QAR": "QA",
    "RON": "RO", "RSD": "RS", "RUB": "RU", "RWF": "RW", "SAR": "SA", "SBD": "SB", "SCR": "SC", "SDG": "SD", "SEK": "SE",
    "SGD": "SG", "SHP": "SH", "SLE": "SL", "SOS": "SO", "SRD": "SR", "SSP": "SS", "STN": "ST", "SYP": "SY", "SZL": "SZ",
    "THB": "TH", "TJS": "TJ", "TMT": "TM", "TND": "TN", "TOP": "TO", "TRY": "TR", "TTD": "TT", "TWD": "TW", "TZS": "TZ",
    "UAH": "UA", "UGX": "UG", "USD": "AS BQ EC FM GU IO MH MP PR PW SV TC TL UM US VG VI", "UYU": "UY", "UZS": "UZ",
    "VES": "VE", "VND": "VN", "VUV": "VU", "WST": "WS", "XAF": "CF CG CM GA GQ TD", "XCD": "AG AI DM GD KN LC MS VC",
    "XCG": "CW SX", "XOF": "BF BJ CI GW ML NE SN TG", "XPF": "NC PF WF", "YER": "YE", "ZAR": "ZA", "ZMW": "ZM",
    "ZWG": "ZW",
}  # fmt: skip
CURRENCY_OF = {region: currency for currency, regions in REGIONS.items() for region in regions.split()}
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
    currency = CURRENCY_OF.get(find_region(header), "")
    return "" if currency in TOO_FINE else currency


def writes_decimal_comma(language: str, header: str) -> bool:
    """Return whether people write 9,90 in the language, in the region that an Accept-Language header names."""
    return language in WITH_COMMA and f"{language}-{find_region(header)}" not in WITH_POINT
