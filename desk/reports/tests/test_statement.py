"""The statement of a product: opening balance, movements, closing balance."""

import csv
import io

import pytest

from desk.reports.overview import statements
from stock.models import Movement
from testing.cast.people import make_product
from testing.tables import all_cases


def address(product):
    return f"/api/products/{getattr(product, 'pk', product)}/statement/"


def book(client, product, movement_type, quantity, **extra):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, **extra}
    answer = client.post("/api/stock/", body)
    assert answer.status_code == 201
    return answer.json()


def read_statement(client, product, **query):
    answer = client.get(address(product), query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def read_csv(client, product, **query):
    answer = client.get(address(product), {"format": "csv", **query})
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


@pytest.fixture
def trade(as_alice, as_bob, kettle):
    """Bob sells four of ten kettles, seven are delivered, and one breaks."""
    return [
        book(as_bob, kettle, "OUT", 4),
        book(as_alice, kettle, "IN", 7, occurred_at="2026-05-01", reference="order 7"),
        book(as_alice, kettle, "OUT", 1, reason="damage"),
    ]


def test_by_default_a_statement_contains_all_movements(as_alice, kettle, trade):
    found = read_statement(as_alice, kettle)
    assert (found["product"], found["product_name"]) == (kettle.pk, "Kettle")
    assert (found["opening_balance"], found["closing_balance"]) == (0, 12)
    assert [m["sequence"] for m in found["movements"]] == [1, 2, 3, 4]
    assert [hide_value(movement) for movement in found["movements"][1:]] == [hide_value(row) for row in trade]


def hide_value(movement):
    """Return the movement as a worker sees it, who has booked some of the trade."""
    return {**movement, "value": None}


@all_cases(("first", "last"), [(1, 2), (1, 3), (2, 3), (1, None), (3, None), (None, 1), (None, 3)])
def test_a_period_includes_from_and_excludes_to_and_the_balances_add_up(as_alice, kettle, trade, first, last):
    everything = read_statement(as_alice, kettle)["movements"]
    query = {name: everything[n]["timestamp"] for name, n in (("from", first), ("to", last)) if n is not None}
    found = read_statement(as_alice, kettle, **query)
    assert found["movements"] == everything[first:last]
    assert found["opening_balance"] == (everything[first]["old_quantity"] if first else 0)
    changes = [m["new_quantity"] - m["old_quantity"] for m in found["movements"]]
    assert found["opening_balance"] + sum(changes) == found["closing_balance"]


def test_the_period_is_compared_with_the_time_of_recording(as_alice, kettle, trade):
    """The delivery of May was recorded today, so the statement of May does not contain it."""
    in_may = read_statement(as_alice, kettle, **{"from": "2026-05-01", "to": "2026-06-01"})
    assert (in_may["opening_balance"], in_may["movements"], in_may["closing_balance"]) == (0, [], 0)
    assert trade[1]["occurred_at"] in [m["occurred_at"] for m in read_statement(as_alice, kettle)["movements"]]


def test_without_movements_opening_and_closing_balance_are_equal(as_alice, kettle, trade):
    later = read_statement(as_alice, kettle, **{"from": "2150-01-01"})
    assert (later["opening_balance"], later["movements"], later["closing_balance"]) == (12, [], 12)
    backwards = read_statement(as_alice, kettle, **{"from": "2150-01-01", "to": "2001-01-01"})
    assert backwards["movements"] == []
    assert read_statement(as_alice, make_product(kettle.owner, "New"))["closing_balance"] == 0


@all_cases("query", [{}, {"from": 1}, {"to": 2}, {"from": 0, "to": 2}])
def test_csv_and_json_agree(as_alice, kettle, trade, query):
    query = {name: trade[number]["timestamp"] for name, number in query.items()}
    found, (opening, *rows, closing) = read_statement(as_alice, kettle, **query), read_csv(as_alice, kettle, **query)
    assert (opening["reason"], int(opening["balance"])) == ("opening balance", found["opening_balance"])
    assert (closing["reason"], int(closing["balance"])) == ("closing balance", found["closing_balance"])
    assert rows == [
        {
            "sequence": str(m["sequence"]), "timestamp": m["timestamp"], "occurred_at": m["occurred_at"],
            "reason": m["reason"], "reference": m["reference"], "performed_by": m["performed_by_username"],
            "change": str(m["new_quantity"] - m["old_quantity"]), "balance": str(m["new_quantity"]),
            "portions": "",
        }
        for m in found["movements"]
    ]  # fmt: skip


@pytest.mark.quick
def test_the_csv_is_an_attachment_with_a_name(as_alice, kettle):
    answer = as_alice.get(address(kettle), {"format": "csv"}, HTTP_ACCEPT="text/html")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="statement-{kettle.pk}.csv"'
    assert list(read_csv(as_alice, kettle)[0]) == list(statements.STATEMENT_COLUMNS)


@all_cases("reference", ["=1+1", "+1", "-1", "@x", "'=1"])
def test_formulas_are_guarded(as_alice, kettle, reference):
    book(as_alice, kettle, "OUT", 1, reference=reference)
    assert read_csv(as_alice, kettle)[-2]["reference"] == f"'{reference}"
    assert read_csv(as_alice, kettle)[-2]["change"] == "-1"
    assert read_statement(as_alice, kettle)["movements"][-1]["reference"] == reference


def test_formulas_after_semicolons_are_guarded(as_alice, kettle):
    book(as_alice, kettle, "OUT", 1, reference="order;=cmd")
    assert read_csv(as_alice, kettle)[-2]["reference"] == "order;'=cmd"


def test_only_the_json_has_a_maximum_number_of_movements(as_alice, kettle, trade, monkeypatch):
    monkeypatch.setattr(statements, "MAX_MOVEMENTS", 3)
    answer = as_alice.get(address(kettle))
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (400, "statement_too_long", 3)
    assert len(read_statement(as_alice, kettle, **{"from": trade[0]["timestamp"]})["movements"]) == 3
    monkeypatch.setattr(statements, "ROWS_AT_A_TIME", 2)
    assert [row["sequence"] for row in read_csv(as_alice, kettle)] == ["", "1", "2", "3", "4", ""]


def test_an_archived_product_has_a_statement(as_alice, kettle, trade):
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert read_statement(as_alice, kettle)["closing_balance"] == 12
    assert len(read_csv(as_alice, kettle)) == 6


def test_movements_keep_the_product_name_they_were_booked_with(as_alice, kettle, trade):
    as_alice.patch(f"/api/products/{kettle.pk}/", {"name": "Pot"})
    found = read_statement(as_alice, kettle)
    assert (found["product_name"], found["movements"][0]["product_name"]) == ("Pot", "Kettle")


@all_cases(
    ("parameter", "value"),
    [("from", "x"), ("from", "0000-01-01"), ("to", "99999-01-01"), ("to", "2026-13-01"), ("format", "pdf")],
)
def test_the_400_names_a_malformed_parameter(as_alice, kettle, parameter, value):
    answer = as_alice.get(address(kettle), {parameter: value})
    assert (answer.status_code, list(answer.json())) == (400, [parameter])


@all_cases("number", [1, 60])
def test_a_statement_takes_a_fixed_number_of_queries(as_alice, kettle, number, django_assert_max_num_queries):
    lines = [{"product": kettle.pk, "movement_type": "IN", "quantity": 1}] * number
    as_alice.post("/api/stock/operations/", {"lines": lines})
    assert Movement.objects.count() == number + 1
    with django_assert_max_num_queries(4):  # user, product, first movement, all movements
        assert len(read_statement(as_alice, kettle, **{"from": "2001-01-01"})["movements"]) == number + 1
