"""The log of items: the ledger's movements in other words."""

import pytest

from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.models import MovementType, Reason
from stock.services import book
from testing.cast import make_product

URL = "/api/item-changes/"
FIELDS = ["id", "item", "item_name", "user", "username", "old_quantity", "new_quantity", "timestamp"]


@pytest.fixture
def trade(as_bob, alice, kettle):
    """Ten kettles and two cups are there; Bob sells three kettles; Alice breaks a cup."""
    cup = make_product(alice, "Cup", 2)
    as_bob.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 3})
    book(draft=OperationDraft(by=alice, reason=Reason.DAMAGE), lines=[Line(by_id(cup.pk), MovementType.OUT, 1)])
    return kettle, cup


def changes(client, query=""):
    answer = client.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.content
    return [(row["item_name"], row["old_quantity"], row["new_quantity"]) for row in answer.json()["results"]]


def test_a_change_has_exactly_its_published_fields(as_alice, bob, kettle, trade):
    change = as_alice.get(f"{URL}?user={bob.pk}").json()["results"][0]
    assert list(change) == FIELDS
    assert (change["item"], change["item_name"]) == (kettle.pk, "Kettle")
    assert (change["user"], change["username"]) == (bob.pk, "bob")
    assert (change["old_quantity"], change["new_quantity"]) == (10, 7)


def test_a_change_is_the_movement_of_the_same_id(as_alice, trade):
    for change in as_alice.get(URL).json()["results"]:
        movement = as_alice.get(f"/api/stock/{change['id']}/").json()
        assert (change["item"], change["user"]) == (movement["product"], movement["performed_by"])
        assert change["timestamp"] == movement["timestamp"]


def test_changes_come_newest_first(as_alice, trade):
    assert changes(as_alice) == [("Cup", 2, 1), ("Kettle", 10, 7), ("Cup", 0, 2), ("Kettle", 0, 10)]


@pytest.mark.parametrize("address", ["items", "products"])
def test_a_quantity_changed_by_a_form_is_logged_and_another_field_is_not(as_bob, as_alice, kettle, address):
    as_alice.patch(f"/api/{address}/{kettle.pk}/", {"description": "Steel"})
    as_bob.patch(f"/api/{address}/{kettle.pk}/", {"quantity": 4})
    assert changes(as_alice) == [("Kettle", 10, 4), ("Kettle", 0, 10)]


def test_the_names_are_those_of_the_time(as_alice, alice, kettle):
    as_alice.patch(f"/api/items/{kettle.pk}/", {"name": "Urn"})
    as_alice.patch("/api/users/me/", {"username": "alicia"})
    change = as_alice.get(URL).json()["results"][0]
    assert (change["item_name"], change["username"]) == ("Kettle", "alice")


def test_changes_are_found_by_item_and_user(as_alice, alice, bob, trade):
    kettle, cup = trade
    assert changes(as_alice, f"?item={kettle.pk}") == [("Kettle", 10, 7), ("Kettle", 0, 10)]
    assert changes(as_alice, f"?user={bob.pk}") == [("Kettle", 10, 7)]
    assert changes(as_alice, f"?item={cup.pk}&user={alice.pk}") == [("Cup", 2, 1), ("Cup", 0, 2)]
    assert changes(as_alice, "?item=&user=") == changes(as_alice)


def test_ids_of_another_account_find_nothing(as_alice, charlie, trade):
    theirs = make_product(charlie, "Samovar", 1)
    for query in (f"?item={theirs.pk}", f"?user={charlie.pk}", "?item=999999999999999999", "?user=999999"):
        assert changes(as_alice, query) == []


def test_nobody_else_sees_the_shops_log(as_bob, as_charlie, as_dora, as_nobody, trade):
    assert len(changes(as_bob)) == 4
    assert changes(as_charlie) == changes(as_dora) == []
    assert as_nobody.get(URL).status_code == 401


def test_the_log_reads_on_by_cursor_in_both_directions_and_keeps_its_filter(as_alice, alice, kettle):
    book(draft=OperationDraft(by=alice, reason=Reason.OTHER), lines=[Line(by_id(kettle.pk), MovementType.IN, 1)] * 4)
    make_product(alice, "Cup", 1)
    first = as_alice.get(f"{URL}?page_size=3&item={kettle.pk}").json()
    assert (list(first), first["previous"]) == (["next", "previous", "results"], None)
    second = as_alice.get(first["next"]).json()
    assert [row["new_quantity"] for row in first["results"] + second["results"]] == [14, 13, 12, 11, 10]
    assert second["next"] is None
    assert as_alice.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("item", "abc"), ("item", "-1"), ("user", "me"), ("user", "1_0"), ("cursor", "abc"), ("page_size", "0")],
)
def test_a_malformed_parameter_is_named(as_alice, trade, parameter, value):
    answer = as_alice.get(URL, {parameter: value})
    assert (answer.status_code, list(answer.json())) == (400, [parameter])


def test_page_numbers_are_refused_with_a_word_about_next(as_alice, trade):
    answer = as_alice.get(f"{URL}?page=1")
    assert answer.status_code == 400
    assert "next" in answer.json()["page"][0]


def test_the_changes_of_an_archived_item_stay(as_alice, kettle):
    as_alice.delete(f"/api/items/{kettle.pk}/")
    assert changes(as_alice, f"?item={kettle.pk}") == [("Kettle", 0, 10)]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_log_is_there_to_be_read(as_alice, method):
    assert getattr(as_alice, method)(URL, {}).status_code == 405


@pytest.mark.parametrize("count", [1, 9])
def test_the_log_takes_two_statements_whatever_its_length(as_alice, alice, kettle, count, django_assert_num_queries):
    book(
        draft=OperationDraft(by=alice, reason=Reason.OTHER), lines=[Line(by_id(kettle.pk), MovementType.IN, 1)] * count
    )
    with django_assert_num_queries(2):  # the user, the page
        as_alice.get(URL)
