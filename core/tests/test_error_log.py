"""The log line of a failed request has the error's code and fields, and no value of the request."""

import json
import logging

import pytest

from core.http.logging import JSONFormatter


@pytest.fixture
def last_error(caplog):
    """Return a function that returns code and fields of the last log line."""
    caplog.set_level(logging.INFO)

    def read():
        line = json.loads(JSONFormatter().format(caplog.records[-1]))
        return {name: line[name] for name in ("code", "fields") if name in line}

    return read


def sell(client, product, quantity):
    return client.post("/api/stock/", {"product": product, "movement_type": "OUT", "quantity": quantity})


def test_logs_the_code_of_a_domain_error(as_alice, kettle, last_error):
    sell(as_alice, kettle.pk, 1_000_000)
    assert last_error() == {"code": "insufficient_stock"}


def test_logs_the_names_of_fields_with_errors(as_alice, kettle, last_error):
    response = sell(as_alice, kettle.pk, -1)
    assert (response.status_code, last_error()) == (400, {"code": "invalid", "fields": "quantity"})
    as_alice.post("/api/suppliers/", {"contact_email": "x"})
    assert last_error() == {"code": "invalid", "fields": "contact_email,name"}


@pytest.mark.parametrize(
    ("address", "code"),
    [("/api/products/987654/", "not_found"), ("/nowhere/", "not_found"), ("/api/products/?page=999", "not_found")],
)
def test_logs_the_codes_of_other_errors(as_alice, last_error, address, code):
    as_alice.get(address)
    assert last_error() == {"code": code}


def test_logs_the_code_of_an_error_shown_as_a_page(client, db, last_error):
    client.get("/nowhere/", headers={"Accept": "text/html"})
    assert last_error() == {"code": "not_found"}
    client.get("/api/products/", headers={"Accept": "text/html"})
    assert last_error() == {"code": "not_authenticated"}


def test_limits_the_logged_names_of_unknown_parameters(as_alice, last_error):
    file = {f"made-up {n}" if n % 2 else f"made_up_{'x' * n}": "1" for n in range(30)}
    as_alice.post(f"/api/products/import/?{'&'.join(f'{name}={value}' for name, value in file.items())}")
    assert len(last_error().get("fields", "").split(",")) <= 10
    assert "-" not in last_error().get("fields", "")


def test_a_success_has_no_code(as_alice, kettle, last_error):
    assert sell(as_alice, kettle.pk, 1).status_code == 201
    assert last_error() == {}
