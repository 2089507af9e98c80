"""Customers in a browser: one is added, found, changed, erased and archived."""

from testing.browser_tests.test_forms import fill_task, make_unique, send_task
from testing.browser_tests.visitor import Visitor

PATH = "/api/customers/"


def test_adds_finds_erases_and_archives_a_customer(owner: Visitor) -> None:
    name = make_unique("Ada Fern")
    fill_task(owner, "form/customers", name=name, phone="+43 555 0199", note="Fridays only")
    assert send_task(owner) == f"Added {name}."
    owner.check_accessibility()
    address = owner.page.url
    owner.open_page(f"{PATH}?search={name.split()[-1]}")
    owner.page.get_by_role("link", name=name).click()
    owner.page.wait_for_url(address)
    owner.page.get_by_role("link", name="Erase the customer").click()
    owner.check_accessibility()
    owner.page.get_by_role("button", name="Erase for ever").click()
    owner.page.locator(".message", has_text="Erased the customer.").wait_for()
    assert owner.page.locator("h1").inner_text() == f"customer-{address.rstrip('/').rpartition('/')[2]}"
    assert "Fridays" not in owner.page.locator("main").inner_text()
    owner.page.get_by_role("link", name="Archive").click()
    owner.check_page()
    owner.page.get_by_role("button", name="Archive").click()
    owner.page.locator(".message", has_text="Archived").wait_for()
