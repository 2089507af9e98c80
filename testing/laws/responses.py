"""The laws for every response in testing/laws/record.py. Each function returns what breaks a law."""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.utils import translation

from core.http.middleware import CAMERA_HEADERS, DATA_POLICY, PAGE_POLICY, PERMISSIONS
from core.money.currencies import CURRENCIES
from core.texts.locales import LANGUAGES, name_countries, name_zones
from core.time_zones import list_zones
from ops.demo.credentials import DEMO_USERS
from records.events.models import EventType
from testing.cast.shops import WORDS, Shop, rows_of
from testing.laws.distribution import find_queries_without_owner
from testing.laws.foreign import mask_answer
from testing.laws.pseudo_locale import unmark
from testing.laws.record import ENCODED, FORMS, OPERATIONS, PAGES, Kind, Record, Sent, list_form_fields
from testing.laws.schemas import find_mistakes, resolve_reference
from testing.laws.shown_texts import list_shown_texts
from testing.laws.violations import find_violations
from testing.laws.walk import JSON, Call, expected_outcome, generate_schema
from users.models import User

# A number as programs and pages write it: 1234.50, 1,234.50, 1.234,50, 1 234,50.
NUMBER = re.compile(r"\d{1,3}(?:[.,'\s]\d{3})+(?:[.,]\d\d(?!\d))?|\d+(?:[.,]\d\d(?!\d))?")
DIGITS = re.compile(r"\d+")
# Times, secrets and new ids differ between any two requests. Links to other pages repeat the empty parameters.
CHANGING = re.compile(r'"\d[\dT:.-]+Z"|"[\w-]{22,}"|"(id|category|operation|import|kit)":\d+|"(next|previous)":"[^"]*"')
TITLES = re.compile(r"'([^']+)'")
# Texts and values of the history, which have any form.
FREE = {"changes", "data", "name", "new", "note", "old", "sale"}

# --- Roles ----------------------------------------------------------------------------------------------------


def find_disagreements(record: Record, *kinds: Kind) -> set[tuple[str, str | int, str | int]]:
    """Return the operations with an outcome that the table of permissions does not have, with both outcomes."""
    sent = [sent for sent in record.get(*kinds or OPERATIONS) if sent.call]
    compared = [(one, expected_outcome(one.call, record.role)) for one in sent if one.call]
    return {(f"{one.call}", wanted, one.answer.outcome) for one, wanted in compared if one.answer.outcome != wanted}


def find_failures(record: Record) -> set[str]:
    """Return the pages that are an error of the server. Some of them show what programs use, and the others do not."""
    others = Record(record.world, record.role, prepare=lambda _: User.objects.update(developer=False))
    return {
        sent.address for sent in [*record.get(Kind.PAGE), *others.get(Kind.OTHER_PAGE)] if sent.answer.status >= 500
    }


SELECT = re.compile(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
NOT_EMPTY = re.compile(r'<option value="[^"]')


def find_empty_selects(record: Record) -> set[tuple[str, str]]:
    """Return the fields that ask for a choice and offer none, each with its page."""
    others = Record(record.world, record.role, prepare=lambda _: User.objects.update(developer=False))
    pages = [sent for sent in [*record.get(Kind.PAGE), *others.get(Kind.OTHER_PAGE)] if is_page(sent)]
    found = [(sent, name, options) for sent in pages for name, options in SELECT.findall(sent.answer.content)]
    return {(sent.address, name) for sent, name, options in found if not NOT_EMPTY.search(options)}


# --- Secrets --------------------------------------------------------------------------------------------------


def list_numbers(text: str) -> set[str]:
    """Return the numbers in the text. Amounts have two decimals and a point, whatever their notation."""
    found = {*DIGITS.findall(text)}
    for number in NUMBER.findall(text):
        whole, cents = (number[:-3], number[-2:]) if re.search(r"[.,]\d\d$", number) else (number, "")
        found.add(f"{re.sub(r'[^0-9]', '', whole)}{cents and '.'}{cents}")
    return found


def write_numbers(values: Iterable[int | Decimal]) -> set[str]:
    """Return the numbers in the form of list_numbers()."""
    return {f"{value:.2f}" if isinstance(value, Decimal) else str(value) for value in values}


def find_shown(sent: Iterable[Sent], numbers: set[str], word: str = "") -> set[str]:
    """Return the requests with the word or one of the numbers in the response, but not in the request."""
    found = set()
    for one in sent:
        text = f"{one.answer.content} {one.answer.headers}"
        for own in sorted(TITLES.findall(str(one.body)), key=len, reverse=True):  # a response may quote the body
            text = text.replace(f'"{own}"', '""')
        for own in DIGITS.findall(one.address):  # a page shows its own address
            text = text.replace(own, "-") if len(own) > 7 else text
        if (word and word in text.lower()) or numbers & list_numbers(text):
            found.add(f"{one}")
    return found


# --- Rows of others -------------------------------------------------------------------------------------------


MIN_NUMBER = 100_000  # smaller numbers occur by chance
SIGN_IN = ("/api/auth/", "/api/login/")


def find_leaks(record: Record, shop: Shop, *kinds: Kind) -> set[str]:
    """Return the requests whose responses contain a word, number, amount or id of the shop's rows and users."""
    rows = [row for rows in rows_of(shop.owner).values() for row in rows]
    values = {value for row in rows for value in row.values() if isinstance(value, int | Decimal)}
    numbers = write_numbers(value for value in values if value >= MIN_NUMBER)
    # The responses of sign-in belong to the user who signs in, and not to the role.
    others = [sent for sent in record.get(*kinds or record.kinds) if not sent.path.startswith(SIGN_IN)]
    return find_shown(others, numbers, shop.word)


def find_foreign_rows(record: Record) -> set[str]:
    """Return the requests whose responses show something of a shop that is not the role's."""
    return find_leaks(record, record.world.foreign_shop(record.role))


PAIRS = ((Kind.FOREIGN, Kind.MISSING), (Kind.FOREIGN_PAGE, Kind.MISSING_PAGE))


def find_differing_ids(record: Record) -> set[str]:
    """Return the requests with the id of a foreign row that get another response than with a missing id."""
    pairs = [
        pair
        for foreign, missing in PAIRS if foreign in record.kinds
        for pair in zip(record.get(foreign), record.get(missing), strict=True)
    ]  # fmt: skip
    return {f"{one}" for one, other in pairs if mask(one) != mask(other)}


def mask(sent: Sent) -> Any:
    return mask_answer(sent.answer, {number: number for number in DIGITS.findall(sent.address) if len(number) > 7})


# --- Pages ----------------------------------------------------------------------------------------------------

# The page of the import shows names of columns. The pages of the support desk are in English, and the others are for
# programs.
LEFT_OUT = ("/api/products/import/", "/api/auth/", "/api/login/", "/api/register/", "/api/docs/", "/admin/")
NAMES = {"API", "CSV", "DELETE", "Excel", "JSON", "PDF", "PUT", "name", "create", "first-call", "get", "ms", "size"}
DATA = {*list_zones(), *CURRENCIES, *EventType, *DEMO_USERS, *LANGUAGES.values(), *NAMES}
# These are the name of the service, placeholders of scripts, sizes of labels, digests, keys, numbers of tills, and
# addresses.
NO_WORDS = re.compile(
    r"Inventory API|\{\w+\}|\b\d+x\d+\b|\b[0-9a-f]{64}\b|\b\d{4}-C\d{6}\b|\binv_\S*|\btill[- ]\d+|(?<!\w)/\S*"
)
WORD = re.compile("[A-Za-z]+")
# Translated errors list these values of the API. Pages offer them as translated choices.
CODES = {
    "CSV", "DD", "MM", "YYYY", "auto", "barcode", "book", "counter", "daily", "de", "en", "es", "european", "fr",
    "manage", "manager", "off", "on", "optional", "owner", "qr", "read", "required", "standard", "str", "viewer",
    "weight", "worker", "Excel",
}  # fmt: skip
MARKED = re.compile("[Ａ-ｚ]")
FIELD_NAME = re.compile(r"`|\b[a-z]+_[a-z_]+\b")


def list_texts(record: Record, kinds: Iterable[Kind]) -> dict[str, str]:
    """Return the texts of pages for people, each with its request."""
    pages = [sent for sent in record.get(*kinds) if not sent.address.startswith(LEFT_OUT)]
    return {text: f"{sent}" for sent in pages if is_page(sent) for text in list_shown_texts(sent.answer.content)}


def is_page(sent: Sent) -> bool:
    is_refusal = sent.kind not in FORMS or 400 <= sent.answer.status < 500
    return is_refusal and sent.answer.headers.get("Content-Type", "").startswith("text/html")


def find_unmarked(texts: dict[str, str], words: Iterable[str]) -> dict[str, str]:
    """Return the texts that are not translated. Texts with one of the words are left out: users have entered them."""
    return {
        text: page
        for text, page in texts.items()
        if list_english(text) and not (any(word in text for word in words) or is_data(text))
    }


def list_english(text: str) -> set[str]:
    """Return the words of the text that are neither translated nor values of the API."""
    return {*WORD.findall(NO_WORDS.sub("", text))} - (CODES if MARKED.search(text) else set())


def is_data(text: str) -> bool:
    return text in DATA or re.sub(r"[\d.,: ]+$", "", text) in DATA


def find_untranslated(record: Record, *kinds: Kind) -> dict[str, str]:
    """Return the texts of the role's pages, and of requests of these kinds, that are not translated."""
    with translation.override("de"):  # no catalogue has the names of countries and of cities
        names = [*name_countries().values(), *name_zones().values()]
    return find_unmarked(list_texts(record, [Kind.PAGE, *kinds]), [*WORDS.values(), "dora", "helen", *names])


def find_field_names(texts: dict[str, str], words: Iterable[str]) -> dict[str, str]:
    """Return the texts that contain names of fields."""
    english = {unmark(text): page for text, page in texts.items() if not any(word in text for word in words)}
    return {text: page for text, page in english.items() if FIELD_NAME.search(text)}


# --- Headers --------------------------------------------------------------------------------------------------


WITH_CAMERA = re.compile(r"/till/|/shop/(?:count|sell|receive|orders/\d+/receive)/")
OWN_CACHE = {"/api/products/{product_id}/picture/"}  # browsers may keep pictures: a new picture has a new address


def find_wrong_headers(record: Record) -> set[tuple[str, str]]:
    """Return each response that lacks a header which restricts browsers, with the name of the header."""
    found = set()
    for sent in record.get(*record.kinds):
        headers = sent.answer.headers
        wanted = {
            "Content-Security-Policy": PAGE_POLICY if is_page(sent) else DATA_POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS,
        }
        if sent.answer.status == 200 and WITH_CAMERA.match(sent.address):
            wanted |= CAMERA_HEADERS
        found |= {(f"{sent}", name) for name, value in wanted.items() if headers.get(name) != value}
        is_kept = sent.path in OWN_CACHE and sent.answer.status == 200
        is_private = sent.address.startswith(("/api/", "/shop/")) and not is_kept
        if is_private and "no-store" not in headers.get("Cache-Control", ""):
            found.add((f"{sent}", "Cache-Control"))
    return found


def find_violating_pages(record: Record) -> set[tuple[str, str]]:
    """Return the pages that violate the Content-Security-Policy, each with the violation."""
    # The pages of foreign ids are those of missing ids: see find_differing_ids().
    kinds = [kind for kind in (Kind.PAGE, Kind.MISSING_PAGE) if kind in record.kinds]
    pages = [sent for sent in record.get(*kinds) if is_page(sent)]
    return {(f"{sent}", violation) for sent in pages for violation in find_violations(sent.answer.content)}


# --- Statements and the schema --------------------------------------------------------------------------------


def find_statements_without_owner(record: Record) -> set[tuple[str, str]]:
    """Return the statements that do not name the owner of the shop, each with its request."""
    owner = record.world.users[record.role].pk  # type: ignore[union-attr]
    requests = [sent for sent in record.get(Kind.VALID) if not sent.path.endswith("/register/")]  # it creates an owner
    found = [(sent, text) for sent in requests for text in find_queries_without_owner(sent.statements, owner)]
    return {(f"{sent}", text) for sent, text in found}


# WebAuthn defines the members of these objects.
OPEN_OBJECTS = {"/api/auth/passkey/options/", "/api/users/me/factors/passkeys/options/"}


def find_undescribed(record: Record) -> set[tuple[str, str]]:
    """Return the responses that the schema does not describe, each with its mistakes."""
    kinds = [kind for kind in record.kinds if kind not in PAGES]
    sent = [one for one in record.get(*kinds) if one.call and one.path not in OPEN_OBJECTS]
    distinct = {(one.path, one.method, one.answer.status, one.answer.content): one for one in sent}.values()
    mistakes = [(one, find_mistakes(generate_schema(), one.answer, one.path, one.method.lower())) for one in distinct]
    return {(f"{one}", f"{one.answer.status}: {mistake}") for one, found in mistakes for mistake in found}


def list_amounts(record: Record) -> set[tuple[str, str, str | None]]:
    """Return each amount in the responses to GET: its request, its field, and the field's pattern in the schema."""
    schema, found = generate_schema(), set()
    for sent in record.get(Kind.VALID):
        if sent.method == "GET" and sent.answer.headers.get("Content-Type") == JSON and sent.answer.status == 200:
            described = schema["paths"][sent.path]["get"]["responses"]["200"]["content"][JSON]["schema"]
            found |= {(f"{sent}", *amount) for amount in list_amounts_of(described, sent.answer.json())}
    return found


def list_amounts_of(described: Any, value: Any, name: str = "") -> Iterator[tuple[str, str | None]]:
    """Yield name and pattern of each text in the value that is an amount."""
    described = resolve_reference(generate_schema(), described) or {}
    [described] = {"allOf": [described], **described}["allOf"]  # a reference with a description of its own
    described = resolve_reference(generate_schema(), described)
    if isinstance(value, dict):
        for key in value.keys() - FREE:
            yield from list_amounts_of(described.get("properties", {}).get(key), value[key], key)
    elif isinstance(value, list):
        for part in value:
            yield from list_amounts_of(described.get("items"), part, name)
    elif isinstance(value, str) and re.fullmatch(r"-?\d+\.\d\d", value):
        yield name, described.get("pattern")


def find_differing_forms(record: Record) -> set[tuple[str, int, int, str]]:
    """Return the forms that have another outcome than the same values as JSON."""
    as_json = {f"{sent.call}": sent for sent in record.get(Kind.VALID)}
    pairs = [(sent, as_json[f"{sent.call}"]) for sent in record.get(*ENCODED)]
    same = [(sent, other) for sent, other in pairs if sent.call and has_all_fields(sent.call, sent.kind, other.body)]
    return {
        (f"{sent}", other.answer.status, sent.answer.status, sent.answer.content)
        for sent, other in same
        if sent.answer.status != other.answer.status
    }


def has_all_fields(call: Call, kind: Kind, body: dict[str, Any] | None) -> bool:
    """Return whether a form can express all fields of the body."""
    return {name for name, value in (body or {}).items() if value is not None} <= {*list_form_fields(call, kind)}


def find_effective_empty_parameters(record: Record) -> set[str]:
    """Return the requests with empty parameters that get another response than without parameters."""
    without = {f"{sent.call}": sent for sent in record.get(Kind.VALID)}
    return {f"{sent}" for sent in record.get(Kind.PARAMETERS) if settle(sent) != settle(without[f"{sent.call}"])}


def settle(sent: Sent) -> tuple[int, str | None, str]:
    answer = sent.answer
    return answer.status, answer.headers.get("Content-Type"), CHANGING.sub("", answer.content)


# The laws for the responses of every role.
LAWS: dict[str, Callable[[Record], Any]] = {
    "shows nothing of a foreign shop": find_foreign_rows,
    "answers a foreign id like a missing one": find_differing_ids,
    "translates every text of a page": find_untranslated,
    "has no page that fails": find_failures,
    "offers choices where it asks for one": find_empty_selects,
    "has the headers of its kind": find_wrong_headers,
    "satisfies the policy": find_violating_pages,
    "is described by the schema": find_undescribed,
}
