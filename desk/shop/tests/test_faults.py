"""Faults of the pages of tasks: numbers that are no ids, drafts of archived suppliers, and bugs of the API."""

from core.http.throttling import WorkTimer
from desk.shop.tests.reading import find_refusals
from testing.cast.orders import write_order
from testing.cast.people import make_product
from trade.selling.views import OperationViewSet

HUGE = "9" * 23


def test_a_number_that_is_no_id_is_a_404_also_for_a_form(browser, earl):
    sale = browser.task_values("/shop/sell/") | {"product": ["earl"], "quantity": ["1"]}
    browser.client.raise_request_exception = False
    for address in (f"orders/{HUGE}", f"orders/{HUGE}/receive", f"reservations/{HUGE}/fulfil"):
        assert browser.client.post(f"/shop/{address}/", sale).status_code == 404, address


def test_the_draft_of_an_archived_supplier_is_saved_or_says_what_is_wrong(browser, alice, as_alice, mill):
    flour = make_product(alice, "Flour", supplier=mill)
    address = f"/shop/orders/{write_order(as_alice, mill, flour)['id']}/"
    as_alice.delete(f"/api/suppliers/{mill.pk}/")
    response = browser.client.post(address, browser.task_values(address) | {"quantity": ["7", "", ""]})
    assert response.status_code == 303 or find_refusals(response) or 'class="error"' in response.text


def test_a_bug_behind_a_page_does_not_leave_its_time_running(browser, earl, settings, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("a bug")

    settings.WORK_SECONDS_PER_MINUTE = 60
    monkeypatch.setattr(WorkTimer, "running", {})
    monkeypatch.setattr(OperationViewSet, "create", fail)
    browser.client.raise_request_exception = False
    sale = browser.task_values("/shop/sell/") | {"product": ["earl"], "quantity": ["1"]}
    assert browser.client.post("/shop/sell/", sale).status_code == 500
    assert WorkTimer.running == {}
