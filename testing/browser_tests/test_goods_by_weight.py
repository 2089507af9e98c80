"""A week with cheese by weight, by pages alone: added, bought at the total of an invoice, sold, returned, earned."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from testing.browser_tests.visitor import Visitor


def fill(page: Page, **texts: str) -> None:
    for name, text in texts.items():
        page.locator(f"main [name={name}]").first.fill(text)


def send(page: Page, button: str, message: str) -> None:
    """Click the button of the form, and expect this in the message that follows."""
    page.locator("main form.task .send-task .primary", has_text=button).click()
    expect(page.locator(".message, .messages").first).to_contain_text(message)


def show_more(page: Page) -> None:
    for box in page.locator("main [data-show-rare]").all():
        box.check()
    closed = page.locator("main form.task details:not([open]) > summary")
    while closed.count():
        closed.first.click()


def shoot(owner: Visitor, name: str) -> None:
    owner.save_screenshot(f"/by-weight/{name}")


def test_a_week_of_cheese(owner: Visitor) -> None:
    page, name = owner.page, f"Comté {owner.width}"
    page.goto("/shop/products/add/")
    fill(page, name=name, price="32.00", quantity="")
    show_more(page)
    fill(page, unit="kg")
    page.locator("[name=decimals]").select_option("3")
    shoot(owner, "add")
    page.locator("main form.task").get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("h1")).to_have_text(name)
    product = page.url

    page.goto("/shop/receive/")
    fill(page, product=name, quantity="4.250")
    show_more(page)
    fill(page, cost="78.63")
    expect(page.locator(".task-total b")).to_have_text("78.63 EUR")
    shoot(owner, "receive")
    send(page, "Receive", f"Received 4.250 kg of {name}: 4.250 kg in stock.")

    page.goto("/shop/sell/")
    fill(page, product=name, quantity="0.25")
    show_more(page)
    fill(page, reference=f"cheese {owner.width}")
    expect(page.locator(".of-product")).to_have_text("32.00 EUR / kg · 4.250 kg in stock = 8.00 EUR")
    expect(page.locator(".task-total b")).to_have_text("8.00 EUR")
    send(page, "Sell", f"Sold 0.250 kg of {name}: 4.000 kg in stock.")

    page.goto("/shop/return/")
    fill(page, sale=f"cheese {owner.width}")
    page.get_by_role("button", name="Find the sale").click()
    fill(page, quantity="0.1")
    shoot(owner, "return")
    send(page, "Take back", "Took back 1 line.")
    page.goto(product)
    expect(page.locator("main")).to_contain_text("4.100 kg")
    shoot(owner, "product")

    yesterday = datetime.now(UTC).date() - timedelta(days=1)  # with the sales of half a year, it has many pages
    page.goto(f"/api/reports/margins/?by=product&from={yesterday}&page_size=100")
    row = page.locator("main tr", has_text=name)
    expect(row).to_contain_text("0.250 kg")
    expect(row).to_contain_text("4.80")  # 0.15 kg at 32.00
    expect(row).to_contain_text("2.78")  # and its part of 78.63
    shoot(owner, "margins")
