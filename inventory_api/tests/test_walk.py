"""An owner sends every kind of request of every operation once, and the laws of testing/laws/ hold of all responses.

test_walk_employees.py and test_walk_guests.py walk as the other roles, test_walk_in_full.py as each of them.
"""

import pytest

from core.ownership import OwnedQuerySet
from products.models import Offer
from testing.cast.shops import OWNED, WORDS, rows_of, text_fields
from testing.laws import responses
from testing.laws.record import ALL, ENCODED, FORMS, OPERATIONS, Kind, Record
from testing.laws.shown_texts import list_shown_texts
from testing.laws.walk import list_calls
from users.models import ApiKey, Factor, KeyQuerySet, User
from users.querysets import AccountManager

pytestmark = [pytest.mark.usefixtures("shared_world"), pytest.mark.django_db]


@pytest.fixture
def record(record):
    """Return the record of the owner."""
    return record("charlie")


@pytest.mark.quick
def test_the_owner_may_send_every_operation(record):
    assert responses.find_disagreements(record) == set()
    assert record.get(Kind.FORBIDDEN) == []


# --- Rows of others -----------------------------------------------------------------------------------------


def test_every_text_field_contains_the_word_of_its_shop(world):
    """With this, the search covers new fields."""
    for shop in world.shops.values():
        rows = rows_of(shop.owner)
        for model in (*OWNED, User, ApiKey, Factor):
            for field in text_fields(model):
                assert any(shop.word in (row[field.attname] or "") for row in rows[model._meta.label]), field


@pytest.mark.quick
@pytest.mark.parametrize(
    "kinds", [(Kind.VALID,), tuple(kind for kind in ALL if kind not in OPERATIONS)], ids=["valid", "others"]
)
def test_no_response_shows_anything_of_a_foreign_shop(world, record, kinds):
    assert responses.find_leaks(record, world.foreign_shop("charlie"), *kinds) == set()


def test_finds_a_shop_on_its_own_pages(world, record):
    """This is the negative control: all routes except a few without rows show something of the caller's shop."""
    leaks = responses.find_leaks(record, world.own_shop("charlie"))
    silent = {
        "/api/", "/api/products/import/template/", "/api/products/import/progress/", "/api/stock/verify/",
        "/api/stock/seals/{id}/", "/api/account/close/", "/api/tills/{id}/gaps/", "/api/keys/self/",
        "/api/reports/costs-changed/", "/api/stock/evidence/{id}/late/", "/api/kits/{id}/prices/",
    }  # fmt: skip
    assert {
        f"GET {call.path} valid" for call in list_calls() if call.method == "GET" and call.path not in silent
    } <= leaks
    assert {leak.split(maxsplit=2)[2] for leak in leaks} >= {Kind.VALID, Kind.CSV, Kind.PAGE}


@pytest.mark.quick
def test_finds_the_other_shop_without_the_filter_by_owner(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    paths = {"/api/products/", "/api/products/export/", "/api/products/{product_id}/statement/"}
    leaks = responses.find_leaks(Record(world, "charlie", paths), world.foreign_shop("charlie"))
    assert {leak.split()[1] for leak in leaks} == paths


def test_a_foreign_id_in_an_address_is_answered_like_a_missing_one(record):
    assert responses.find_differing_ids(record) == set()


def test_finds_every_address_without_the_filter_by_owner(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    for rows in (AccountManager, KeyQuerySet):
        monkeypatch.setattr(rows, "visible_to", lambda rows, _: rows.all())
    # A statement of their own reads offers (products/models/sql_offers.py), without the filter of querysets.
    paths = {call.path for call in list_calls() if call.model not in (None, Offer) and call.method == "GET"}
    reads = Record(world, "charlie", methods={"GET"}, kinds=(Kind.FOREIGN,))
    assert {title.split()[1] for title in responses.find_differing_ids(reads)} == paths
    forms = Record(world, "charlie", {"/api/suppliers/{id}/"}, kinds=(Kind.FOREIGN_PAGE,))
    assert {title.split("/")[1] for title in responses.find_differing_ids(forms)} == {"api", "shop"}


# --- Pages and headers --------------------------------------------------------------------------------------


def list_texts(record):
    return responses.list_texts(record, [Kind.PAGE, *FORMS])


def test_every_text_of_a_page_is_translated(record):
    found = responses.find_untranslated(record, *FORMS)
    assert not found, "\n".join(f"{text} ({page})" for text, page in sorted(found.items()))


def test_finds_a_text_that_is_not_translated():
    """This is the negative control."""
    page = '<h1>Fine Sache</h1><table aria-label="Low on stock"></table><p>ｄａｉｌｙ</p><p>Sold 2 of the cups</p>'
    texts = dict.fromkeys(list_shown_texts(page), "/")
    assert {*responses.find_unmarked(texts, ())} == {"Low on stock", "Sold 2 of the cups", "Fine Sache"}


def test_pages_for_people_name_no_fields_as_programs_do(record):
    assert responses.find_field_names(list_texts(record), WORDS.values()) == {}
    assert responses.find_field_names({"Ｓｅｅ ｃｏｓｔ_ｐｒｉｃｅ.": "/"}, WORDS.values()) == {"See cost_price.": "/"}


def test_no_page_fails(record):
    assert responses.find_failures(record) == set()


def test_every_response_has_the_headers_of_its_kind(record):
    assert responses.find_wrong_headers(record) == set()


def test_every_page_satisfies_the_policy(record):
    assert responses.find_violating_pages(record) == set()


def test_finds_a_missing_header(world):
    """This is the negative control."""
    record = Record(world, "charlie", {"/api/dashboard/"}, kinds=(Kind.VALID,))
    [sent] = record.get(Kind.VALID)
    del sent.answer.headers["Cache-Control"]
    sent.answer.headers["Content-Security-Policy"] = "default-src *"
    names = {"Cache-Control", "Content-Security-Policy"}
    assert responses.find_wrong_headers(record) == {(f"{sent}", name) for name in names}


# --- Statements and the schema ------------------------------------------------------------------------------


@pytest.mark.quick
def test_every_statement_of_a_request_names_the_owner(record):
    assert responses.find_statements_without_owner(record) == set()


def test_the_schema_describes_every_response(record):
    assert responses.find_undescribed(record) == set()


def test_finds_what_the_schema_does_not_describe(world):
    """This is the negative control."""
    record = Record(world, "charlie", {"/api/products/{id}/"}, kinds=(Kind.VALID,))
    record.sent[Kind.VALID] = [sent._replace(path="/api/items/{id}/") for sent in record.get(Kind.VALID)]
    found = {sent for sent, _ in responses.find_undescribed(record)}
    assert found == {f"{method} /api/items/{{id}}/ valid" for method in ("GET", "PUT", "PATCH")}


def test_every_amount_has_a_pattern(record):
    found = responses.list_amounts(record)
    assert [amount for amount in found if amount[2] is None] == []
    assert {"price", "stock_value", "value_at_price", "margin_percent", "cost"} < {name for _, name, _ in found}


def test_a_form_is_read_as_json_is(record):
    assert responses.find_differing_forms(record) == set()
    for kind in ENCODED:
        assert sum(sent.answer.status < 300 for sent in record.get(kind)) > 50


def test_empty_parameters_count_as_absent(record):
    assert responses.find_effective_empty_parameters(record) == set()
    assert {sent.method for sent in record.get(Kind.PARAMETERS)} == {"GET", "POST", "PUT", "DELETE"}
