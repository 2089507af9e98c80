"""The forms of rows keep what was typed if the connection or the session has ended."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from testing.browser_tests.test_forms import SEND, fill_task, make_unique
from testing.browser_tests.visitor import WIDE, Visitor

pytestmark = pytest.mark.parametrize("visitor", [WIDE], indirect=True)


@pytest.fixture
def form(owner: Visitor) -> Iterator[Visitor]:
    fill_task(owner, "form/categories", name=make_unique("Acme"))
    yield owner
    owner.problems = [problem for problem in owner.problems if "net::ERR_" not in problem]


def send(visitor: Visitor) -> None:
    visitor.page.locator(SEND).click()


def expect_notice(visitor: Visitor, text: str) -> None:
    expect(visitor.page.locator(".notices")).to_contain_text(text)


def test_a_form_without_a_connection_says_so_and_is_saved_afterwards(form: Visitor) -> None:
    form.context.set_offline(True)
    send(form)
    expect_notice(form, "There is no connection.")
    form.context.set_offline(False)
    send(form)
    expect(form.page.locator(".message")).to_contain_text("Added Acme")


def test_a_form_that_may_have_changed_a_row_says_so_without_a_connection(form: Visitor) -> None:
    send(form)
    form.page.get_by_role("link", name="Edit").click()
    form.page.locator("[name=name]").fill(make_unique("Brown"))
    form.context.set_offline(True)
    send(form)
    expect_notice(form, "Look up whether it was done before you send it again.")
    form.context.set_offline(False)
    send(form)
    expect(form.page.locator(".message")).to_contain_text("Saved Brown")


def test_a_form_of_an_ended_session_is_saved_after_signing_in_again(form: Visitor) -> None:
    form.context.clear_cookies()
    send(form)
    expect_notice(form, "You have been signed out")
    tab = form.context.new_page()
    tab.goto("/api-auth/login/?next=/api/")
    tab.get_by_label(re.compile("user ?name", re.I)).fill("demo")
    tab.get_by_label("Password").fill("tea-at-half-past-4")
    tab.locator("main form button").first.click()
    tab.wait_for_url("**/api/")
    send(form)
    expect_notice(form, "You have signed in again")
    send(form)
    expect(form.page.locator(".message")).to_contain_text("Added Acme")


def test_a_form_that_another_delivery_has_overtaken_is_opened_again_with_what_is_left(owner: Visitor) -> None:
    page, other = owner.page, owner.context.new_page()
    page.goto("/api/purchase-orders/?outstanding=true")
    page.locator("main tbody a").first.click()
    address = page.locator("nav.actions").get_by_role("link", name="Receive").get_attribute("href") or ""
    for tab in (page, other):
        tab.goto(address)
        for quantity in tab.locator("[name=quantity]").all():
            quantity.fill("0")
        tab.locator("[name=quantity]").first.fill("1")
    left = page.locator(".beside").first.inner_text()
    deliveries = int(page.locator("[name=expected_deliveries]").input_value())
    for tab in (other, page):
        tab.locator(SEND).click()
        tab.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Open the form again").click()
    expect(page.locator("[name=expected_deliveries]")).to_have_value(str(deliveries + 1))
    expect(page.locator(".beside").first).not_to_have_text(left)
    expect(page.locator("[name=quantity]").first).not_to_have_value("1")
    owner.problems = [problem for problem in owner.problems if "409" not in problem]
