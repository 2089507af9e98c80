"""A row of the history that nobody can read is shown as such: it is no error of the list."""

import json

import pytest
from django.db import connection

from records.history.models import select_pairs
from testing.tables import all_cases

NO_CHANGES = [
    "text", 7, None, True, [], {}, ["name", "price"], {"name": None}, {"name": "Pan"}, {"name": ["Pan"]},
    {"name": ["Pot", "Pan", "Pen"]}, {"name": {"0": 1, "1": 2}}, {"name": ["Pot", {"id": 1}]},
    {"supplier": [None, {"id": "7", "name": "Mill"}]}, {"supplier": [None, {"id": 7, "name": ["Mill"]}]},
    {"codes": [[], [{"code": "X"}]]}, {"codes": [[], [7]]}, {"codes": [[], [{"code": "X", "quantity": "many"}]]},
    {"created": [None, "Pot"]}, {"created": [None, {"name": {"first": "Pot"}}]}, {"created": {}}, {"": [1, 2]},
    {"Name \n": ["Pot", "Pan"]}, {"shop_language": [["en"], {}]}, {"price": [1.5, 2.5]},
]  # fmt: skip
INSERT = """
INSERT INTO history_change (owner_id, kind, row_id, at, by, via, changes, is_cost)
SELECT %(owner)s, 'product', %(product)s, now(), NULL, 'api', changes, false
FROM jsonb_array_elements(%(rows)s::jsonb) AS changes
"""
UNREADABLE = "This change can't be shown."


@pytest.fixture
def rows(alice, kettle):
    """Insert a change of each of these forms."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"owner": alice.pk, "product": kettle.pk, "rows": json.dumps(NO_CHANGES)})
    return len(NO_CHANGES)


@all_cases("changes", NO_CHANGES)
def test_these_are_no_changes(changes):
    assert select_pairs(changes) == {}


@pytest.mark.django_db
@all_cases("address", ["/api/changes/", "/api/products/{}/changes/"])
def test_the_api_returns_them_without_what_it_can_not_read(as_alice, as_bob, kettle, rows, address):
    for client in (as_alice, as_bob):
        answer = client.get(f"{address.format(kettle.pk)}?page_size=100")
        assert answer.status_code == 200, answer.content
        assert [row["changes"] for row in answer.json()["results"]].count({}) == rows


@pytest.mark.django_db
def test_a_pair_beside_a_damaged_one_is_returned(as_alice, alice, kettle):
    row = [{"name": ["Pot", "Pan"], "price": 7}]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"owner": alice.pk, "product": kettle.pk, "rows": json.dumps(row)})
    assert as_alice.get("/api/changes/").json()["results"][0]["changes"] == {"name": ["Pot", "Pan"]}


@pytest.mark.quick
@pytest.mark.django_db
@all_cases("address", ["/api/changes/", "/api/products/{}/changes/", "/api/products/{}/"])
def test_pages_show_a_sentence_in_their_place(client, alice, kettle, rows, address):
    client.force_login(alice)
    page = client.get(address.format(kettle.pk), headers={"accept": "text/html"})
    assert page.status_code == 200
    assert UNREADABLE in page.text.replace("&#x27;", "'")


@pytest.mark.django_db
def test_the_support_desk_lists_them_beside_those_of_other_shops(support, as_charlie, rows):
    assert as_charlie.post("/api/products/", {"name": "Tea", "price": "1"}).status_code == 201
    page = support.get("/admin/history/change/")
    assert page.status_code == 200
    assert page.text.replace("&#x27;", "'").count(UNREADABLE) == rows
    assert "Added" in page.text
