"""The list of first steps on the start page of a new shop."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory_api import start_cards
from inventory_api.start_cards import list_first_steps
from suppliers.models import Supplier
from testing.cast.people import let_use, make_product, make_user
from testing.reading.browser import Browser
from users.access.roles import Role
from users.models import User


def list_open(user):
    """Return the titles of the steps that are not done."""
    return [step.title for step in list_first_steps(User.objects.get(pk=user.pk)) if not step.is_done]


@pytest.mark.needs("sheets")
@pytest.mark.quick
def test_an_empty_shop_has_eight_steps_and_no_figures(alice):
    page = Browser(alice).get_page("/api/")
    listed = page.partition('<section class="first-steps"')[2].partition("</section>")[0]
    addresses = re.findall(r'<a href="([^"]+)"', listed)
    assert addresses == [
        "/api/products/import/", "/shop/uses/", "/shop/form/taxes/", "/shop/form/suppliers/", "/shop/sell/",
        "/shop/count/", "/shop/form/users/", "/accounts/factors/",
    ]  # fmt: skip
    assert 'class="figures"' not in page
    assert "Low on stock" not in page


def test_a_step_that_the_data_show_is_crossed_off(alice, as_alice):
    cup = make_product(alice, "Cup", 3)
    assert list_open(alice)[:2] == ["Choose what you use", "Add your rates of VAT"]
    let_use(alice, "places")
    as_alice.post("/api/taxes/", {"name": "7 %", "rate": "7.00"}, format="json")
    Supplier.objects.create(owner=alice, name="Potter")
    as_alice.post("/api/stock/", {"product": cup.pk, "movement_type": "OUT", "quantity": 1, "reason": "sale"})
    as_alice.post("/api/stock/counts/", {"lines": [{"product": cup.pk, "counted": 2}]}, format="json")
    assert list_open(alice) == ["Add a worker", "Protect your account"]
    page = Browser(alice).get_page("/api/")
    assert "<summary>6 of 8 done</summary>" in page
    assert page.index('class="cards"') < page.index("6 of 8 done") < page.index("✓ Sell something")
    assert "Low on stock" in page


def test_the_list_ends_with_its_last_step(alice, monkeypatch):
    monkeypatch.setattr(start_cards, "STEPS", start_cards.STEPS[:1])
    monkeypatch.setattr(start_cards, "read_done", lambda _user, _shop: {"products": True})
    alice.second_factor_since = datetime.now(UTC)
    assert list_first_steps(alice) == []


def test_a_shop_without_the_list_costs_no_statement(alice):
    alice.shows_first_steps = False
    with CaptureQueriesContext(connection) as captured:
        assert list_first_steps(alice) == []
    assert len(captured) == 0


def put_away(browser):
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get_page("/api/"))[1]
    return browser.client.post("/shop/first-steps/", {"csrfmiddlewaretoken": token})


def test_an_owner_puts_the_list_away(alice):
    browser = Browser(alice)
    assert 'action="/shop/first-steps/"' in browser.get_page("/api/")
    answer = put_away(browser)
    assert (answer.status_code, answer["Location"]) == (302, "/api/")
    assert "first-steps" not in browser.get_page("/api/")
    assert list_open(alice) == []


def test_a_worker_does_not_put_the_list_away(alice, bob):
    assert put_away(Browser(bob)).status_code == 403
    assert list_open(alice)


def test_a_stranger_signs_in_first(client):
    assert client.post("/shop/first-steps/").status_code == 302
    assert client.get("/shop/first-steps/").status_code == 405


def test_a_new_shop_costs_one_statement(alice):
    with CaptureQueriesContext(connection) as captured:
        assert list_first_steps(alice)
    assert len(captured) == 1


def test_an_older_shop_keeps_the_list_until_it_is_put_away(alice):
    alice.date_joined = datetime.now(UTC) - timedelta(days=900)
    assert list_first_steps(alice)


def test_a_worker_has_no_list(alice):
    worker = make_user("wanda", role=Role.WORKER, employer=alice)
    assert list_first_steps(worker) == []
    assert "first-steps" not in Browser(worker).get_page("/api/")
