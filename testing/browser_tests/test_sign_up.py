"""Opening a shop: the form begins with the time zone, the currency and the language of the browser."""

from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from testing.browser_tests.demo import Demo
from testing.browser_tests.visitor import NARROW, WIDE, Visitor

PASSWORD = "a-kettle-of-tea"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_german_browser_opens_a_german_shop(chromium: Browser, shop: Demo, size: tuple[int, int]) -> None:
    visitor = Visitor(chromium, shop.address, size, locale="de-AT", timezone_id="Europe/Vienna")
    page = visitor.page
    visitor.open_page("/accounts/signup/")
    expect(page.get_by_label("Zeitzone")).to_have_value("Europe/Vienna")
    expect(page.get_by_label("Währung")).to_have_value("EUR")
    page.get_by_label("Name des Ladens").fill("Lindenteehaus")
    page.get_by_label("Benutzername").fill(f"linda-{uuid4().hex[:8]}")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Laden eröffnen").click()
    expect(page.locator("h1")).to_have_text("Lindenteehaus")
    page.goto("/shop/products/add/")
    page.locator("[name=name]").fill("Tasse")
    page.locator("[name=price]").fill("9,90")
    page.locator(".send-task .primary").click()
    expect(page.locator("main")).to_contain_text("9,90 EUR")
    settings = page.request.get("/api/account/?format=json").json()
    assert (settings["csv"], settings["language"]) == ("european", "de")
    visitor.close()
    assert visitor.problems == []


def test_the_currency_is_that_of_the_time_zone_until_somebody_chooses_one(chromium: Browser, shop: Demo) -> None:
    visitor = Visitor(chromium, shop.address, WIDE, locale="en-GB", timezone_id="Europe/Berlin")
    zone, currency = (visitor.page.locator(f"[name={name}]") for name in ("time_zone", "currency"))
    visitor.open_page("/accounts/signup/")
    expect(currency).to_have_value("EUR")
    zone.select_option("Europe/London")
    expect(currency).to_have_value("GBP")
    currency.select_option("USD")
    zone.select_option("Europe/Berlin")
    expect(currency).to_have_value("USD")
    visitor.close()
    assert visitor.problems == []
