"""What the pages offer is accepted, in each kind of shop: each form as it is opened, each option, and each filter.

`make check` draws shops that differ from the plain one in several settings, so that each two settings are together in
one of them, and sends each form in some of these. `make check-long` sends each form in each kind of shop.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import transaction

from core.pages.cells import Cells
from core.pages.form_fields import Cell, Field
from testing.cast.people import PASSWORD
from testing.corners.aged import build_aged_shop
from testing.corners.kinds import KINDS, PLAIN, SETTINGS, change_shop, describe
from testing.corners.pairs import draw_pairs
from testing.corners.shop import Shop
from testing.laws.offered import (
    FORM,
    Kind,
    Page,
    Refusal,
    find_forms_of,
    open_page,
    try_filters,
    try_form,
    try_mistakes,
    walk_pages,
)
from testing.reading.browser import Browser
from users.models import User
from web.task_pages.route_page import RoutePage
from web.task_pages.task_page import TaskPage

pytestmark = pytest.mark.needs

# What people type, by the names of fields, or of routes and fields.
TYPED = {
    "product": "SKU-PLAIN", "quantity": "1", "counted": "1", "float": "1", "price": "1", "rate": "7", "key": "offered",
    "number": "1", "after": "1", "code": "SKU-PLAIN", "as_of": "2026-01-01T00:00", "name": "Offered",
    "email": "offered@example.org", "password": PASSWORD, "old_password": PASSWORD, "new_password": "long-enough-9",
    "shop-form cash-list.amount": "1", "shop-form webhook-list.url": "https://93.184.216.34/",
    "shop-form sale-receipt-mail.to": "offered@example.org", "shop-form quote-mail.to": "offered@example.org",
    "shop-form supplier-merge.into": "Xylo Zoe", "shop-form customer-merge.into": "Xylo Zoe",
    "shop-invoice.shop.country": "DE", "shop-invoice.shop.exempt_reason": "Offered",
}  # fmt: skip
# The routes and fields of what is refused, with the reason. Without a field, it is the form as it is offered.
REFUSED: dict[tuple[str, str], str] = {
    ("shop-sell", "rest"): "the rest needs what is paid in the first way",
    ("shop-fulfil", "rest"): "the rest needs what is paid in the first way",
    ("shop-pay", "rest"): "the rest needs what is paid in the first way",
    ("shop-move", ""): "no place is chosen, or only one",
    ("shop-move", "from"): "the product does not lie there",
    ("shop-move", "to"): "it is the place from which goods are moved",
    ("shop-make", ""): "there is no recipe, and workers write none",
    ("shop-take-apart", ""): "there is no recipe, and workers write none",
    ("shop-pay-customer", ""): "nothing is owed, or it is owed since before the currency without decimals",
    ("shop-form quote-copy", ""): "a price or discount was typed, which workers bound to list prices may not",
    ("shop-change-quote", "customer"): "workers bound to list prices give nobody the prices of somebody else",
    ("shop-change-reservation", "customer"): "workers bound to list prices give nobody the prices of somebody else",
    ("None view-list", "mail.days"): "the worker has not confirmed an e-mail address",
    ("shop-form user-me", "notices"): "the worker has not confirmed an e-mail address",
    ("shop-form user-detail", "notices"): "the worker has not confirmed an e-mail address",
    ("shop-uses", "payments"): "payments need a second tick, whose box is beside them",
    ("shop-uses", "automatic"): "payments need a second tick, whose box is beside them",
    ("shop-form purchase-order-mail", ""): "the manager has not confirmed an e-mail address",
    ("shop-form till-drops", ""): "the till is of the owner: managers are not led there",
    ("shop-decide-sheet", ""): "nothing is counted",
    ("shop-open-sheet", "category"): "no product has the category",
    ("shop-open-sheet", "location"): "nothing lies there",
    ("shop-open-sheet", "supplier"): "nothing comes from the supplier",
    ("shop-add-product", "keeps_stock"): "a quantity is typed",
    ("shop-form account", "currency"): "the shop has sales",
    ("shop-form tax-list", "category"): "a rate above 0 is typed",
    ("shop-form tax-detail", "category"): "the rate is above 0",
    ("shop-delete location-detail", ""): "goods lie there",
    ("None offer-list", ""): "the first supplier offers the product already",
    ("None product-detail", "decimals"): "the product has quantities already",
    ("None product-detail", "keeps_stock"): "the product is in stock",
}
# The forms in which sums, prices and payments meet: each of them is sent in each drawn shop.
OF_MONEY = {
    "shop-sell", "shop-fulfil", "shop-reserve", "shop-quote", "shop-change-quote", "shop-change-reservation",
    "shop-receive-order", "shop-pay", "shop-pay-customer", "shop-invoice", "shop-return-sale",
}  # fmt: skip


def draw_shops() -> list[dict[str, str]]:
    return [PLAIN, *draw_pairs({name: [*values] for name, values in SETTINGS.items()}, lambda _row: True, seed=1)]


DRAWN = draw_shops()


@dataclass
class Aged:
    """The aged shop, the addresses of its forms, and what was tried in it and in the shops that are made of it."""

    shop: Shop
    pages: dict[str, list[Page]] = field(default_factory=dict)  # by role
    refused: set[tuple[str, str]] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)  # why people can't answer what was refused
    tried: Counter[str] = field(default_factory=Counter)

    def find_pages(self, role: str) -> list[Page]:
        """Return one page of each kind to which links lead."""
        if role not in self.pages:
            self.pages[role] = [*walk_pages(Browser(self.shop.users[role]), "/", each=1)]
        return self.pages[role]

    def find_forms(self, role: str) -> dict[Kind, str]:
        """Return the forms to which links lead. Managers see a part of those of the owner."""
        pages = self.find_pages("owner" if role == "manager" else role)
        return {page.kind: page.address for page in pages if FORM in page.text}


@pytest.fixture(scope="module")
def aged(module_db) -> Iterator[Aged]:
    made = Aged(build_aged_shop())
    yield made
    print(*(f"{number} {name}" for name, number in made.tried.items()), sep=", ")


def try_shop(aged: Aged, row: dict[str, str], chosen: dict[Kind, bool]) -> list[Refusal]:
    """Send the chosen forms in a shop of this kind, some with their options. Return what was refused without a reason.

    Of the papers that are written in this shop, the forms are sent in place of those of older ones.
    """
    papers = change_shop(aged.shop, row) if row != PLAIN else []
    browser, refused = Browser(aged.shop.users[row["role"]]), []
    own = dict(pair for paper in papers for pair in find_forms_of(browser, paper))
    for kind, with_options in chosen.items():
        if page := open_page(browser, own.get(kind, aged.find_forms(row["role"])[kind])):
            tried = try_form(browser, page, TYPED, with_options=with_options)
            refused += tried.refused
            aged.unanswered |= {*tried.unanswered}
            aged.tried.update(forms=1, options=tried.options, refusals=len(tried.refused), rows=tried.changes_row)
    aged.refused |= {(one.kind.route, one.field) for one in refused}
    return [one for one in refused if (one.kind.route, one.field) not in REFUSED]


def try_drawn(aged: Aged, number: int) -> list[Refusal]:
    """Send the forms of money, and those whose turn it is among the shops of the role, which get all their options."""
    row, chosen = DRAWN[number], {}
    same = [other for other, drawn in enumerate(DRAWN) if drawn["role"] == row["role"] != "manager"]
    for place, kind in enumerate(aged.find_forms(row["role"])):
        has_turn = bool(same) and number == same[place % len(same)]
        if has_turn or (kind.route in OF_MONEY and not kind.parameters):
            chosen[kind] = has_turn
    return try_shop(aged, row, chosen)


@pytest.mark.parametrize("number", range(len(DRAWN)), ids=[describe(row) for row in DRAWN])
def test_each_form_is_accepted_as_it_is_offered_in_drawn_shops(db, aged, number):
    assert try_drawn(aged, number) == []


@pytest.mark.quick
def test_some_forms_of_new_papers_are_accepted_in_two_drawn_shops(db, aged):
    """This needs no walk: the forms are those of the papers that are written in the shops."""
    for row in [DRAWN[1], DRAWN[-1]]:
        with transaction.atomic():
            papers, browser = change_shop(aged.shop, row), Browser(aged.shop.users[row["role"]])
            forms = dict(pair for paper in papers for pair in find_forms_of(browser, paper))
            pages = [page for address in forms.values() if (page := open_page(browser, address))]
            tried = [try_form(browser, page, TYPED, with_options=False) for page in pages]
            refused = [one for form in tried for one in form.refused if (one.kind.route, one.field) not in REFUSED]
            assert (refused, len(tried) > 5) == ([], True), describe(row)
            transaction.set_rollback(True)


def test_what_drawn_shops_refuse_can_be_answered(db, aged):
    """The tests above note why not. If this one is run alone, it sends the forms of a few shops itself."""
    for number in range(3) if not aged.tried else ():
        with transaction.atomic():
            try_drawn(aged, number)
            transaction.set_rollback(True)
    assert aged.unanswered == set()


def test_what_is_refused_of_empty_and_mistyped_forms_can_be_answered(db, aged):
    browser, unanswered = Browser(aged.shop.users["owner"]), []
    for address in aged.find_forms("owner").values():
        refused, faults = try_mistakes(browser, open_page(browser, address))
        unanswered += faults
        aged.tried["mistakes"] += refused
    assert unanswered == []
    assert aged.tried["mistakes"] > 100


# --- Controls: planted mistakes are found -----------------------------------------------------------------------------


def test_each_option_that_a_filter_offers_is_accepted(db, aged):
    browser = Browser(aged.shop.users["owner"])
    pages = [page for page in aged.find_pages("owner") if not page.kind.parameters]
    tried = [form for page in pages for form in try_filters(browser, page)]
    assert [one for _, refused in tried for one in refused] == []
    assert sum(number for number, _ in tried) > 300


def exchange_values(monkeypatch):
    """Let options have the names of rows where the form takes their ids."""
    monkeypatch.setattr(Field, "write", lambda _field, value: "" if value is None else str(value))
    monkeypatch.setattr(Cell, "choices", property(lambda cell: cell.field.choices))


def offer_itself(monkeypatch):
    monkeypatch.setattr(RoutePage, "select", lambda page, fields: super(RoutePage, page).select(fields))


def save_untouched(monkeypatch):
    monkeypatch.setattr(TaskPage, "is_untouched", lambda _page, _form: False)


def lose_a_box(monkeypatch):
    """Lose the box that confirms something, in a shop that has confirmed nothing."""
    User.objects.filter(username="alice").update(uses_payments="off", owed_from=None)
    select = TaskPage.select
    monkeypatch.setattr(
        TaskPage,
        "select",
        lambda page, fields: {name: one for name, one in select(page, fields).items() if name != "acknowledged"},
    )


def name_no_field(monkeypatch):
    monkeypatch.setattr(Cells, "name_field", lambda _cells, _name, *said: " ".join(said))


@pytest.mark.parametrize(
    ("plant", "route", "found"),
    [
        (exchange_values, "shop-form customer-detail", "untouched"),
        (offer_itself, "shop-form location-detail", "refill_from"),
        (save_untouched, "shop-change-quote", "untouched"),
        (lose_a_box, "shop-uses", "It has not what is asked for"),
        (name_no_field, "None view-list", "It names no field"),
    ],
)
def test_control_a_planted_mistake_is_found(db, aged, monkeypatch, plant, route, found):
    customer = aged.shop.clients["owner"].get("/api/customers/").json()["results"][0]
    body = {"price_group": aged.shop.others["group"]}
    assert aged.shop.clients["owner"].patch(f"/api/customers/{customer['id']}/", body).status_code == 200
    address = {
        "shop-form customer-detail": f"/shop/form/customers/{customer['id']}/", "None view-list": "/shop/form/views/",
    }.get(route) or aged.find_forms("owner")[Kind(route, ())]  # fmt: skip
    browser = Browser(aged.shop.users["owner"])
    tried = try_form(browser, open_page(browser, address), TYPED)
    assert found not in str([*tried.refused, *tried.unanswered])
    plant(monkeypatch)
    tried = try_form(browser, open_page(browser, address), TYPED)
    assert found in str([*tried.refused, *tried.unanswered])


@pytest.mark.long
@pytest.mark.parametrize("row", KINDS, ids=describe)
def test_each_form_with_each_option_is_accepted_in_each_kind_of_shop(db, aged, row):
    assert try_shop(aged, row, dict.fromkeys(aged.find_forms(row["role"]), True)) == []


@pytest.mark.long
def test_what_is_named_as_refused_is_refused_somewhere(db, aged):
    """The test above notes what is refused. If this one is run alone, it sends the forms itself."""
    for row in KINDS if not aged.refused else ():
        with transaction.atomic():
            try_shop(aged, row, dict.fromkeys(aged.find_forms(row["role"]), True))
            transaction.set_rollback(True)
    assert aged.unanswered == set()
    assert REFUSED.keys() - aged.refused == set(), "these are accepted"
