"""The list of movements, one movement, the history of a product, and their filters."""

from datetime import UTC, datetime

import pytest

from stock import filters
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Lot, Movement, MovementType, OperationReason
from testing.cast.people import make_location, make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.selling.services import book

IN, OUT = MovementType.IN, MovementType.OUT


@pytest.fixture
def trade(alice, bob, kettle):
    """Book a delivery in May, a sale by Bob in June and a loss today, of two products."""
    tray = make_product(alice, "Tray", 1, sku="Tray-1")
    may, june = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    delivery = OperationDraft(by=alice, reason=OperationReason.PURCHASE, reference="order 7", occurred_at=may)
    book(draft=delivery, lines=[BookingLine(by_id(kettle.pk), IN, 20), BookingLine(by_id(tray.pk), IN, 4)])
    sale = OperationDraft(by=bob, reason=OperationReason.SALE, reference="till 3", occurred_at=june)
    book(draft=sale, lines=[BookingLine(by_id(kettle.pk), OUT, 2)])
    book(draft=OperationDraft(by=alice, reason=OperationReason.DAMAGE), lines=[BookingLine(by_id(tray.pk), OUT, 1)])
    return kettle, tray


def list_movements(client, query="", address="/api/stock/"):
    """Return the (product name, new quantity) of the listed movements."""
    response = client.get(f"{address}{query}")
    assert response.status_code == 200, response.content
    return [(row["product_name"], row["new_quantity"]) for row in response.json()["results"]]


def test_the_list_is_newest_first(as_alice, trade):
    assert list_movements(as_alice) == [
        ("Tray", 4), ("Kettle", 28), ("Tray", 5), ("Kettle", 30), ("Tray", 1), ("Kettle", 10),
    ]  # fmt: skip


@all_cases(
    ("query", "expected"),
    [
        ("?sku=tray-1&movement_type=IN", [("Tray", 5), ("Tray", 1)]),
        ("?movement_type=OUT", [("Tray", 4), ("Kettle", 28)]),
        ("?reason=damage", [("Tray", 4)]),
        ("?reason=opening", [("Tray", 1), ("Kettle", 10)]),
        ("?reference=order 7", [("Tray", 5), ("Kettle", 30)]),
        ("?after=2026-05-01&before=2026-06-01", [("Tray", 5), ("Kettle", 30)]),
        ("?after=2026-06-01T02:00:00%2B02:00&before=2026-06-02", [("Kettle", 28)]),
        ("?recorded_before=2026-06-02", []),
        ("?recorded_after=2026-06-02&reason=sale", [("Kettle", 28)]),
        ("?product=999999999999999999", []),
        ("?sku=&reason=&after=", None),
    ],
)
def test_each_filter_returns_the_matching_movements(as_alice, trade, query, expected):
    assert list_movements(as_alice, query) == (list_movements(as_alice) if expected is None else expected)


def test_more_movements_with_a_reference_than_are_looked_up_by_id_are_found(as_alice, trade, monkeypatch):
    monkeypatch.setattr(filters, "MAX_LOOKED_UP", 1)
    assert list_movements(as_alice, "?reference=order 7") == [("Tray", 5), ("Kettle", 30)]


def test_the_history_of_a_product_has_only_its_own_movements_with_a_reference(as_alice, trade):
    kettle, _ = trade
    assert list_movements(as_alice, "?reference=order 7", f"/api/stock/history/{kettle.pk}/") == [("Kettle", 30)]


@pytest.fixture
def lots(as_alice, alice, trade):
    """Receive two lots of the kettle, and sell from both."""
    kettle, _ = trade
    cellar = make_location(alice, "Cellar")
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 3, "location": cellar.pk}
    for lot, quantity, kind in (("H26", 3, "IN"), ("H26", 4, "IN"), ("H27", 2, "IN"), ("H26", 5, "OUT")):
        body = {**line, "lot": lot, "quantity": quantity, "movement_type": kind}
        if quantity > 3:
            del body["location"]
        assert as_alice.post("/api/stock/operations/", {"lines": [body]}).status_code == 201
    return {lot.code: lot.pk for lot in Lot.objects.all()}


@all_cases("most", [1, 5000])
@all_cases("address", ["/api/stock/", "/api/products/{product}/movements/"])
def test_the_movements_of_a_lot_are_each_listed_once(as_alice, trade, lots, monkeypatch, most, address):
    """Five are sold of the lot in the cellar and of the lot without a place, by one movement."""
    monkeypatch.setattr(filters, "MAX_LOOKED_UP", most)
    found = as_alice.get(address.format(product=trade[0].pk), {"lot": lots["H26"]}).json()["results"]
    assert [(row["movement_type"], row["quantity"]) for row in found] == [("OUT", 5), ("IN", 4), ("IN", 3)]


def test_the_filter_by_a_lot_agrees_with_the_other_filters(as_alice, lots):
    found = as_alice.get("/api/stock/", {"lot": lots["H26"], "movement_type": "IN", "page_size": 1}).json()
    assert [row["quantity"] for row in found["results"]] == [4]
    assert [row["quantity"] for row in as_alice.get(found["next"]).json()["results"]] == [3]


@all_cases("most", [0, 5000])
def test_a_lot_of_another_account_has_no_movements(as_charlie, as_dora, lots, monkeypatch, most):
    monkeypatch.setattr(filters, "MAX_LOOKED_UP", most)
    for client in (as_charlie, as_dora):
        assert client.get("/api/stock/", {"lot": lots["H26"]}).json()["results"] == []


def test_people_choose_a_lot_by_its_code_and_product(alice, lots):
    page = Browser(alice).get_page(f"/api/stock/?lot={lots['H26']}")
    assert f'<option value="{lots["H26"]}" selected>H26 (Kettle)</option>' in page
    assert 'name="lot"' in Browser(alice).get_page("/api/stock/?lot=h27")


def test_movements_are_filtered_by_product_and_user(as_alice, bob, trade):
    kettle, _ = trade
    assert list_movements(as_alice, f"?product={kettle.pk}") == [("Kettle", 28), ("Kettle", 30), ("Kettle", 10)]
    assert list_movements(as_alice, f"?performed_by={bob.pk}") == [("Kettle", 28)]


@all_cases(
    ("parameter", "value"),
    [
        ("product", "abc"), ("product", "1_0"), ("product", "-1"), ("product", "9" * 30), ("movement_type", "in"),
        ("reason", "gift"), ("performed_by", "me"), ("after", "yesterday"), ("before", "99999-01-01"),
        ("recorded_after", "0000-01-01"), ("recorded_before", "2026-13-01"), ("reference", "x" * 101),
        ("sku", "a\x01b"), ("page_size", "0"), ("page_size", "ten"), ("cursor", "abc"),
    ],
)  # fmt: skip
def test_names_a_malformed_parameter(as_alice, trade, parameter, value):
    response = as_alice.get("/api/stock/", {parameter: value})
    assert response.status_code == 400
    assert list(response.json()) == [parameter]


@all_cases("address", ["/api/stock/history/{}/", "/api/products/{}/movements/"])
def test_a_product_s_history_has_two_addresses(as_alice, trade, address):
    kettle, _ = trade
    assert list_movements(as_alice, address=address.format(kettle.pk)) == [
        ("Kettle", 28),
        ("Kettle", 30),
        ("Kettle", 10),
    ]
    assert list_movements(as_alice, "?movement_type=OUT", address.format(kettle.pk)) == [("Kettle", 28)]


def test_an_archived_product_keeps_its_history(as_alice, trade):
    kettle, _ = trade
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert len(list_movements(as_alice, address=f"/api/stock/history/{kettle.pk}/")) == 3


def test_the_history_is_paged_by_cursor_in_both_directions(as_alice, alice, kettle):
    book(draft=OperationDraft(by=alice, reason=OperationReason.OTHER), lines=[BookingLine(by_id(kettle.pk), IN, 1)] * 6)
    first = as_alice.get(f"/api/stock/history/{kettle.pk}/?page_size=3").json()
    second = as_alice.get(first["next"]).json()
    third = as_alice.get(second["next"]).json()
    pages = [[row["sequence"] for row in page["results"]] for page in (first, second, third)]
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]
    assert third["next"] is None
    assert as_alice.get(second["previous"]).json()["results"] == first["results"]


def test_other_accounts_do_not_see_the_movements(as_charlie, as_dora, trade):
    kettle, _ = trade
    movement = Movement.objects.first()
    for client in (as_charlie, as_dora):
        assert list_movements(client) == []
        assert client.get(f"/api/stock/{movement.pk}/").status_code == 404
        assert client.get(f"/api/stock/history/{kettle.pk}/").status_code == 404


@all_cases("lines", [1, 9])
def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(
    as_alice, alice, kettle, lines, django_assert_num_queries
):
    book(
        draft=OperationDraft(by=alice, reason=OperationReason.OTHER),
        lines=[BookingLine(by_id(kettle.pk), IN, 1)] * lines,
    )
    with django_assert_num_queries(2):  # the user, the page
        as_alice.get("/api/stock/")
    with django_assert_num_queries(3):  # the user, the page, the product
        as_alice.get(f"/api/stock/history/{kettle.pk}/")
