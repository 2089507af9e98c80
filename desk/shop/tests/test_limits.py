"""The pages of the tasks count as requests of their user, once each, as those of the API do."""

import time

import pytest

from core.http.throttling import MAX_SECONDS_AHEAD, RequestThrottle, WorkTimer
from products.models import Product
from testing.cast.people import client_of
from testing.reading.browser import read_task

SELL = "/shop/sell/"


@pytest.fixture
def three_a_minute(settings, monkeypatch):
    """Set the limit to three requests, and stop the clock 20 seconds after the start of a minute."""
    settings.REQUESTS_PER_MINUTE = 3
    monkeypatch.setattr(time, "time", lambda: 1_000_000 * 60.0 + 20)
    monkeypatch.setattr(RequestThrottle, "counts", {})


@pytest.fixture
def timers(settings, monkeypatch):
    settings.WORK_SECONDS_PER_MINUTE = 60
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    monkeypatch.setattr(WorkTimer, "used", {})
    monkeypatch.setattr(WorkTimer, "running", {})


def test_a_page_and_its_request_to_the_api_count_once(browser, alice, earl, three_a_minute):
    browser.send_task(SELL, {"product": "earl"})  # opens the page, and sends it
    assert RequestThrottle.counts == {f"user:{alice.pk}": 2}


def test_a_page_above_the_limit_is_refused_and_books_nothing(browser, alice, earl, three_a_minute):
    values = read_task(browser.get_page(SELL)) | {"product": "earl"}
    assert [client_of(alice).get("/api/users/me/").status_code for _ in range(2)] == [200, 200]
    refused = browser.client.post(SELL, values)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
    assert "Too many requests. Wait 40 seconds." in refused.text
    assert Product.objects.get(pk=earl.pk).quantity == 9


def test_the_script_of_a_refused_form_gets_only_the_text(browser, three_a_minute):
    values = [read_task(browser.get_page(SELL)) for _ in range(3)][-1]
    refused = browser.client.post(SELL, values, headers={"X-Task": "yes"})
    assert (refused.status_code, refused.text) == (429, "Too many requests. Wait 40 seconds.")


def test_the_time_of_a_page_is_charged_to_the_account(browser, alice, earl, timers, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    values = read_task(browser.get_page(SELL)) | {"product": "earl"}
    monkeypatch.setattr(
        "web.task_pages.task_page.TaskPage.find_next", lambda *_args: now.__setitem__(0, 1007.0) or SELL
    )
    assert browser.client.post(SELL, values).status_code == 303
    assert WorkTimer.used[alice.pk][0] == 7
    assert WorkTimer.running == {}


def test_an_account_that_has_used_its_time_waits(browser, alice, timers):
    WorkTimer.used[alice.pk] = (MAX_SECONDS_AHEAD + 10, 1000.0)
    refused = browser.client.get(SELL)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")


def test_a_count_is_booked_while_the_time_of_accounts_is_limited(browser, earl, timers):
    """The view of counts is no viewset, and has no mark for long requests."""
    review = browser.send_task("/shop/count/", {"product": "earl", "counted": "7"})
    assert browser.client.post("/shop/count/", read_task(review.text)).status_code == 303
    assert Product.objects.get(pk=earl.pk).quantity == 7
