"""GET /api/item-changes/ lists the movements as changes of items."""

import pytest

from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, OperationReason
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.services import book

URL = "/api/item-changes/"
FIELDS = ["id", "item", "item_name", "user", "username", "old_quantity", "new_quantity", "timestamp"]


@pytest.fixture
def trade(as_bob, alice, kettle):
    """Open with ten kettles and two cups. Bob sells three kettles and Alice loses a cup."""
    cup = make_product(alice, "Cup", 2)
    as_bob.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 3})
    book(
        draft=OperationDraft(by=alice, reason=OperationReason.DAMAGE),
        lines=[BookingLine(by_id(cup.pk), MovementType.OUT, 1)],
    )
    return kettle, cup


def list_changes(client, query=""):
    response = client.get(f"{URL}{query}")
    assert response.status_code == 200, response.content
    return [(row["item_name"], row["old_quantity"], row["new_quantity"]) for row in response.json()["results"]]


def test_a_change_has_exactly_its_published_fields(as_alice, bob, kettle, trade):
    change = as_alice.get(f"{URL}?user={bob.pk}").json()["results"][0]
    assert list(change) == FIELDS
    assert (change["item"], change["item_name"]) == (kettle.pk, "Kettle")
    assert (change["user"], change["username"]) == (bob.pk, "bob")
    assert (change["old_quantity"], change["new_quantity"]) == (10, 7)


def test_a_change_has_the_id_and_values_of_its_movement(as_alice, trade):
    for change in as_alice.get(URL).json()["results"]:
        movement = as_alice.get(f"/api/stock/{change['id']}/").json()
        assert (change["item"], change["user"]) == (movement["product"], movement["performed_by"])
        assert change["timestamp"] == movement["timestamp"]


def test_changes_come_newest_first(as_alice, trade):
    assert list_changes(as_alice) == [("Cup", 2, 1), ("Kettle", 10, 7), ("Cup", 0, 2), ("Kettle", 0, 10)]


@all_cases("address", ["items", "products"])
def test_logs_changes_of_the_quantity_but_not_of_other_fields(as_bob, as_alice, kettle, address):
    as_alice.patch(f"/api/{address}/{kettle.pk}/", {"description": "Steel"})
    as_bob.patch(f"/api/{address}/{kettle.pk}/", {"quantity": 4})
    assert list_changes(as_alice) == [("Kettle", 10, 4), ("Kettle", 0, 10)]


def test_names_stay_as_they_were_when_the_change_was_booked(as_alice, alice, kettle):
    as_alice.patch(f"/api/items/{kettle.pk}/", {"name": "Urn"})
    as_alice.patch("/api/users/me/", {"username": "alicia"})
    change = as_alice.get(URL).json()["results"][0]
    assert (change["item_name"], change["username"]) == ("Kettle", "alice")


def test_changes_are_filtered_by_item_and_user(as_alice, alice, bob, trade):
    kettle, cup = trade
    assert list_changes(as_alice, f"?item={kettle.pk}") == [("Kettle", 10, 7), ("Kettle", 0, 10)]
    assert list_changes(as_alice, f"?user={bob.pk}") == [("Kettle", 10, 7)]
    assert list_changes(as_alice, f"?item={cup.pk}&user={alice.pk}") == [("Cup", 2, 1), ("Cup", 0, 2)]
    assert list_changes(as_alice, "?item=&user=") == list_changes(as_alice)


def test_filters_by_ids_of_other_accounts_return_nothing(as_alice, charlie, trade):
    theirs = make_product(charlie, "Samovar", 1)
    for query in (f"?item={theirs.pk}", f"?user={charlie.pk}", "?item=999999999999999999", "?user=999999"):
        assert list_changes(as_alice, query) == []


def test_other_accounts_do_not_see_the_log(as_bob, as_charlie, as_dora, as_nobody, trade):
    assert len(list_changes(as_bob)) == 4
    assert list_changes(as_charlie) == list_changes(as_dora) == []
    assert as_nobody.get(URL).status_code == 401


def test_the_log_is_paged_by_cursor_in_both_directions_with_its_filter(as_alice, alice, kettle):
    book(
        draft=OperationDraft(by=alice, reason=OperationReason.OTHER),
        lines=[BookingLine(by_id(kettle.pk), MovementType.IN, 1)] * 4,
    )
    make_product(alice, "Cup", 1)
    first = as_alice.get(f"{URL}?page_size=3&item={kettle.pk}").json()
    assert (list(first), first["previous"]) == (["next", "previous", "results"], None)
    second = as_alice.get(first["next"]).json()
    assert [row["new_quantity"] for row in first["results"] + second["results"]] == [14, 13, 12, 11, 10]
    assert second["next"] is None
    assert as_alice.get(second["previous"]).json()["results"] == first["results"]


@all_cases(
    ("parameter", "value"),
    [("item", "abc"), ("item", "-1"), ("user", "me"), ("user", "1_0"), ("cursor", "abc"), ("page_size", "0")],
)
def test_names_a_malformed_parameter(as_alice, trade, parameter, value):
    response = as_alice.get(URL, {parameter: value})
    assert (response.status_code, list(response.json())) == (400, [parameter])


def test_refuses_page_numbers_and_mentions_next(as_alice, trade):
    response = as_alice.get(f"{URL}?page=1")
    assert response.status_code == 400
    assert "next" in response.json()["page"][0]


@all_cases("method", ["post", "put", "patch", "delete"])
def test_the_log_is_read_only(as_alice, method):
    assert getattr(as_alice, method)(URL, {}).status_code == 405


@all_cases("count", [1, 9])
def test_the_log_takes_two_statements_for_any_number_of_rows(as_alice, alice, kettle, count, django_assert_num_queries):
    book(
        draft=OperationDraft(by=alice, reason=OperationReason.OTHER),
        lines=[BookingLine(by_id(kettle.pk), MovementType.IN, 1)] * count,
    )
    with django_assert_num_queries(2):  # the user, the page
        as_alice.get(URL)
