"""Every role sends every operation of the schema once, and the laws of testing/laws.py hold of all responses."""

from decimal import Decimal
from functools import cache

import pytest
from django.db import transaction
from django.utils import translation

from core.ownership import OwnedQuerySet
from core.place_names import name_countries, name_zones
from inventory_api.tests.test_hidden_costs import find_costs
from products.offers.models import Offer
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.booking.services import book
from stock.models import Holding, MovementType, OperationReason
from testing import laws
from testing.record import ALL, ENCODED, FILES, FORMS, Kind, Record
from testing.shops import OWNED, ROLES, WALKED_ROLES, WORDS, World, rows_of, text_fields
from testing.shown_texts import list_shown_texts
from testing.walk import ROLES_IN_GROUP, SUCCESS, expected_outcome, list_calls
from trade.sheets.models import Sheet
from users.access.permissions import SIGNED_IN, is_in_group
from users.access.roles import RIGHTS, Right, Role
from users.keys.models import ApiKey
from users.keys.querysets import KeyQuerySet
from users.models import User
from users.querysets import AccountManager
from users.sign_in.factors.models import Factor

pytestmark = [pytest.mark.usefixtures("shared_world"), pytest.mark.django_db]
MIN_NUMBER = 100_000  # smaller numbers occur by chance
PRIME = 15_485_863  # the number of pieces that are delivered after the sheet was opened
THRESHOLD = 32_452_843
SIGN_IN = ("/api/auth/", "/api/login/")
every_walked_role = pytest.mark.parametrize("role", WALKED_ROLES)


@pytest.fixture(scope="module")
def record(shared_world):
    """Return a function that returns the record of a role. All tests of the module share the responses."""
    prepare = {"cora": prepare_counts}
    return cache(lambda role: Record(shared_world, role, prepare=prepare.get(role)))


# --- Roles --------------------------------------------------------------------------------------------------


@pytest.mark.whole
@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_admitted_or_refused_as_the_table_says(record, role):
    assert laws.find_disagreements(record(role)) == set()


def test_covers_all_operations_and_outcomes():
    outcomes = [expected_outcome(call, role) for role in ROLES for call in list_calls()]
    assert len(outcomes) >= 64 * 7
    assert {*outcomes} == {SUCCESS, 400, 401, 403, 404, 409}


@pytest.mark.check
def test_finds_a_wrong_row_of_the_table(record, monkeypatch):
    """This is the negative control."""
    monkeypatch.setitem(ROLES_IN_GROUP, Right.MANAGE_PRODUCTS, {"alice", "bob", "charlie"})
    wrong = {call for call, _, _ in laws.find_disagreements(record("bob"))}
    assert {"POST /api/suppliers/", "DELETE /api/products/{id}/"} <= wrong
    assert "PATCH /api/products/{id}/" not in wrong


def test_finds_a_server_that_ignores_the_table(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr("users.access.permissions.is_in_group", lambda user, _: is_in_group(user, SIGNED_IN))
    for role in ("bob", "dora", "helen"):
        found = laws.find_disagreements(Record(world, role, {"/api/suppliers/", "/api/webhooks/"}))
        assert any(wanted == 403 for _, wanted, _ in found)


# --- Rows of others -----------------------------------------------------------------------------------------


def find_leaks(record, shop):
    """Return the requests whose responses contain a word, number, amount or id of the shop's rows and users."""
    rows = [row for rows in rows_of(shop.owner).values() for row in rows]
    values = {value for row in rows for value in row.values() if isinstance(value, int | Decimal)}
    numbers = laws.write_numbers(value for value in values if value >= MIN_NUMBER)
    # The responses of sign-in belong to the user who signs in, and not to the role.
    others = [sent for sent in record.get(*ALL) if not sent.path.startswith(SIGN_IN)]
    return laws.find_shown(others, numbers, shop.word)


def test_every_text_field_contains_the_word_of_its_shop(world):
    """With this, the search covers new fields."""
    for shop in world.shops.values():
        rows = rows_of(shop.owner)
        for model in (*OWNED, User, ApiKey, Factor):
            for field in text_fields(model):
                assert any(shop.word in (row[field.attname] or "") for row in rows[model._meta.label]), field


@every_walked_role
def test_no_response_shows_anything_of_a_foreign_shop(world, record, role):
    assert find_leaks(record(role), world.foreign_shop(role)) == set()


@pytest.mark.check
def test_finds_a_shop_on_its_own_pages(world, record):
    """This is the negative control: all routes except a few without rows show something of the caller's shop."""
    leaks = find_leaks(record("charlie"), world.own_shop("charlie"))
    silent = {
        "/api/", "/api/products/import/template/", "/api/products/import/progress/", "/api/stock/verify/",
        "/api/stock/seals/{id}/", "/api/account/close/", "/api/tills/{id}/gaps/", "/api/keys/self/",
        "/api/reports/costs-changed/", "/api/stock/evidence/{id}/late/",
    }  # fmt: skip
    assert {
        f"GET {call.path} valid" for call in list_calls() if call.method == "GET" and call.path not in silent
    } <= leaks
    assert {leak.split(maxsplit=2)[2] for leak in leaks} >= {Kind.VALID, Kind.CSV, Kind.PAGE}


def test_finds_the_other_shop_without_the_filter_by_owner(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    paths = {"/api/products/", "/api/products/export/", "/api/products/{product_id}/statement/"}
    leaks = find_leaks(Record(world, "charlie", paths), world.foreign_shop("charlie"))
    assert {leak.split()[1] for leak in leaks} == paths


@pytest.mark.check
@every_walked_role
def test_a_foreign_id_in_an_address_is_answered_like_a_missing_one(record, role):
    assert laws.find_differing_ids(record(role)) == set()


@pytest.mark.check
def test_finds_every_address_without_the_filter_by_owner(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    for rows in (AccountManager, KeyQuerySet):
        monkeypatch.setattr(rows, "visible_to", lambda rows, _: rows.all())
    # A statement of their own reads offers (products/offers/sql.py), without the filter of querysets.
    paths = {call.path for call in list_calls() if call.model not in (None, Offer) and call.method == "GET"}
    titles = laws.find_differing_ids(Record(world, "charlie"))
    assert {title.split()[1] for title in titles if title.startswith("GET /api/")} == paths
    assert any(title.startswith("GET /shop/form/") for title in titles)


# --- Costs and counts ---------------------------------------------------------------------------------------


def list_costs(world):
    return laws.write_numbers(find_costs(world))


def prepare_counts(world: World) -> set[str]:
    """Deliver more of the products on the open sheet. Return the expected quantities that a counter must not see."""
    shop = world.shops["alice"]
    lines = [BookingLine(by_id(product.pk), MovementType.IN, PRIME) for product in shop.products]
    book(draft=OperationDraft(by=shop.owner, reason=OperationReason.PURCHASE), lines=lines)
    Sheet.objects.update(blind=False)
    products = type(shop.products[0]).objects.filter(pk__in=[product.pk for product in shop.products])
    products.update(min_threshold=THRESHOLD)
    held = Holding.objects.filter(owner=shop.owner).values_list("quantity", flat=True)
    numbers = {*products.values_list("quantity", flat=True), *held, PRIME, THRESHOLD}
    return laws.write_numbers(number for number in numbers if number >= 1000)


@pytest.fixture
def expected(world):
    """Return the numbers that a counter must not see: expected quantities and costs of products on the open sheet."""
    with transaction.atomic():
        numbers = prepare_counts(world)
        transaction.set_rollback(True)
    return numbers | list_costs(world)


@pytest.mark.check
def test_no_response_shows_a_worker_a_cost(world, record):
    assert laws.find_shown(record("bob").get(*ALL, Kind.XLSX), list_costs(world)) == set()


@pytest.mark.check
def test_no_response_shows_a_counter_an_expected_quantity_or_a_cost(record, expected):
    assert laws.find_shown(record("cora").get(*ALL, Kind.XLSX), expected) == set()


@pytest.mark.check
def test_the_owner_finds_the_costs(world):
    """This is the negative control. It finds the routes, files and pages with costs."""
    paths = {"/api/products/", "/api/products/{id}/", "/api/products/export/", "/api/stock/"}
    kinds = (Kind.VALID, Kind.PAGE, *FILES)
    found = laws.find_shown(Record(world, "alice", paths).get(*kinds), list_costs(world))
    addresses = {title.split()[1] for title in found}
    assert {address for address in addresses if address.startswith("/api/")} == paths
    assert any(address.startswith("/shop/form/products/") for address in addresses)
    assert {title.split()[2] for title in found} == {*kinds}


@pytest.mark.check
def test_control_without_the_rule_a_worker_reads_costs(world, monkeypatch):
    monkeypatch.setitem(RIGHTS, Role.WORKER, {Right.READ, Right.SEE_COSTS})
    paths = {"/api/products/", "/api/stock/"}
    found = laws.find_shown(Record(world, "bob", paths).get(Kind.VALID), list_costs(world))
    assert {title.split()[1] for title in found} == paths


@pytest.mark.check
@pytest.mark.parametrize("role", ["vera", "mona"])
def test_a_viewer_and_a_manager_find_expected_quantities(world, expected, role):
    """This is the negative control."""
    paths = {"/api/products/", "/api/stock/sheets/{id}/differences/"}
    found = laws.find_shown(Record(world, role, paths, prepare_counts).get(Kind.VALID), expected)
    assert {title.split()[1] for title in found} == paths


@pytest.mark.check
def test_finds_a_counter_that_reads(world, expected, monkeypatch):
    """This is the negative control."""
    monkeypatch.setitem(RIGHTS, Role.COUNTER, {Right.SEE_SHOP, Right.READ})
    paths = {"/api/products/", "/api/scan/", "/api/stock/sheets/{id}/file/"}
    found = laws.find_shown(Record(world, "cora", paths, prepare_counts).get(Kind.VALID), expected)
    assert {title.split()[1] for title in found} == paths


# --- Pages and headers --------------------------------------------------------------------------------------


def list_texts(record, role):
    """Return the texts on the role's pages, and on refused forms if the role is an owner."""
    return laws.list_texts(record(role), [Kind.PAGE, *(FORMS if role == "charlie" else ())])


@pytest.mark.check
@every_walked_role
def test_every_text_of_a_page_is_translated(record, role):
    with translation.override("de"):  # no catalogue has the names of countries and of cities
        names = [*name_countries().values(), *name_zones().values()]
    found = laws.find_unmarked(list_texts(record, role), [*WORDS.values(), "dora", "helen", *names])
    assert not found, "\n".join(f"{text} ({page})" for text, page in sorted(found.items()))


def test_finds_a_text_that_is_not_translated():
    """This is the negative control."""
    page = '<h1>Fine Sache</h1><table aria-label="Low on stock"></table><p>ｄａｉｌｙ</p><p>Sold 2 of the cups</p>'
    texts = dict.fromkeys(list_shown_texts(page), "/")
    assert {*laws.find_unmarked(texts, ())} == {"Low on stock", "Sold 2 of the cups", "Fine Sache"}


@pytest.mark.check
def test_pages_for_people_name_no_fields_as_programs_do(record):
    assert laws.find_field_names(list_texts(record, "charlie"), WORDS.values()) == {}
    assert laws.find_field_names({"Ｓｅｅ ｃｏｓｔ_ｐｒｉｃｅ.": "/"}, WORDS.values()) == {"See cost_price.": "/"}


@pytest.mark.check
@every_walked_role
def test_no_page_fails_whether_it_shows_what_programs_use_or_not(record, role):
    others = Record(record(role).world, role, prepare=lambda _: User.objects.update(developer=False))
    assert laws.find_failures(record(role)) | laws.find_failures(others) == set()


@pytest.mark.check
@every_walked_role
def test_every_response_has_the_headers_of_its_kind(record, role):
    assert laws.find_wrong_headers(record(role)) == set()


@pytest.mark.check
@every_walked_role
def test_every_page_satisfies_the_policy(record, role):
    assert laws.find_violating_pages(record(role)) == set()


def test_finds_a_missing_header(record):
    """This is the negative control."""
    record = Record(record("nobody").world, "nobody", {"/api/dashboard/"})
    [sent] = record.get(Kind.VALID)
    del sent.answer.headers["Cache-Control"]
    sent.answer.headers["Content-Security-Policy"] = "default-src *"
    names = {"Cache-Control", "Content-Security-Policy"}
    assert laws.find_wrong_headers(record) == {(f"{sent}", name) for name in names}


# --- Statements and the schema ------------------------------------------------------------------------------


def test_every_statement_of_a_request_names_the_owner(record):
    assert laws.find_statements_without_owner(record("charlie")) == set()


@pytest.mark.check
@every_walked_role
def test_the_schema_describes_every_response(record, role):
    if role != "cora":  # counters get only some of the fields
        assert laws.find_undescribed(record(role)) == set()


def test_finds_what_the_schema_does_not_describe(world):
    """This is the negative control."""
    record = Record(world, "charlie", {"/api/products/{id}/"})
    record.sent[Kind.VALID] = [sent._replace(path="/api/items/{id}/") for sent in record.get(Kind.VALID)]
    found = {sent for sent, _ in laws.find_undescribed(record)}
    assert found == {f"{method} /api/items/{{id}}/ valid" for method in ("GET", "PUT", "PATCH")}


@pytest.mark.check
def test_every_amount_has_a_pattern(record):
    found = laws.list_amounts(record("charlie"))
    assert [amount for amount in found if amount[2] is None] == []
    assert {"price", "stock_value", "value_at_price", "margin_percent", "cost"} < {name for _, name, _ in found}


@pytest.mark.check
def test_a_form_is_read_as_json_is(record):
    assert laws.find_differing_forms(record("charlie")) == set()
    for kind in ENCODED:
        assert sum(sent.answer.status < 300 for sent in record("charlie").get(kind)) > 50


@pytest.mark.check
def test_empty_parameters_count_as_absent(record):
    assert laws.find_effective_empty_parameters(record("charlie")) == set()
    assert {sent.method for sent in record("charlie").get(Kind.PARAMETERS)} == {"GET", "POST", "PUT", "DELETE"}
