"""The log line of a refused request says why it was refused, and holds no value of the request."""

import json
import logging

import pytest

from core.logging import JSONFormatter


@pytest.fixture
def why(caplog):
    """What the last request's line says about its refusal."""
    caplog.set_level(logging.INFO)

    def last():
        line = json.loads(JSONFormatter().format(caplog.records[-1]))
        return {name: line[name] for name in ("code", "fields") if name in line}

    return last


def sell(client, product, quantity):
    return client.post("/api/stock/", {"product": product, "movement_type": "OUT", "quantity": quantity})


def test_a_rule_of_the_stock_is_in_the_line_by_its_code(as_alice, kettle, why):
    sell(as_alice, kettle.pk, 1_000_000)
    assert why() == {"code": "insufficient_stock"}


def test_field_errors_are_in_the_line_by_the_names_of_the_fields(as_alice, kettle, why):
    answer = sell(as_alice, 987_654, 1)
    assert (answer.status_code, why()) == (400, {"code": "invalid", "fields": "product"})
    as_alice.post("/api/suppliers/", {"contact_email": "x"})
    assert why() == {"code": "invalid", "fields": "contact_email,name"}


@pytest.mark.parametrize(
    ("address", "code"),
    [("/api/products/987654/", "not_found"), ("/nowhere/", "not_found"), ("/api/products/?page=999", "not_found")],
)
def test_so_are_refusals_of_every_kind(as_alice, why, address, code):
    as_alice.get(address)
    assert why() == {"code": code}


def test_so_is_a_refusal_shown_as_a_page(client, db, why):
    client.get("/nowhere/", headers={"Accept": "text/html"})
    assert why() == {"code": "not_found"}
    client.get("/api/products/", headers={"Accept": "text/html"})
    assert why() == {"code": "not_authenticated"}


def test_names_that_a_client_makes_up_are_bounded(as_alice, why):
    file = {f"made-up {n}" if n % 2 else f"made_up_{'x' * n}": "1" for n in range(30)}
    as_alice.post(f"/api/products/import/?{'&'.join(f'{name}={value}' for name, value in file.items())}")
    assert len(why().get("fields", "").split(",")) <= 10
    assert "-" not in why().get("fields", "")


def test_an_answer_that_is_no_refusal_has_no_code(as_alice, kettle, why):
    assert sell(as_alice, kettle.pk, 1).status_code == 201
    assert why() == {}
