"""Kits on the till's page: found, sold and given back, with a network and without."""

from typing import Any

import pytest
from playwright.sync_api import expect

from testing.browser_tests.test_till_discounts import give_discount
from testing.browser_tests.test_till_returns import open_return
from testing.browser_tests.tills import BARCODE, Device, TillShop


@pytest.fixture
def basket(device: Device, till_shop: TillShop) -> int:
    """Return a kit of two pens and a pot at 500.00, which the till knows."""
    parts = [{"product": till_shop.pen, "quantity": 2}, {"product": till_shop.pot, "quantity": 1}]
    body = {"name": "Basket", "sku": "BASKET", "barcode": "20000028", "price": "500.00", "parts": parts}
    kit = int(till_shop.call("POST", "/api/kits/", body)["id"])
    device.refresh()
    return kit


def list_moved(operation: dict[str, Any]) -> list[tuple[str, int, str | None]]:
    return [(one["product_name"], one["quantity"], one["total"]) for one in operation["movements"]]


def test_a_late_sale_of_a_kit_takes_out_what_the_till_has_sold(
    device: Device, till_shop: TillShop, basket: int
) -> None:
    device.cut()
    device.page.locator("#find").fill("bask")
    expect(device.page.locator("#results")).to_contain_text("BASKET · 500,00 EUR · 10 in stock")
    device.page.locator("#find").fill("")
    device.sell("20000028", "BASKET", BARCODE)
    device.expect_told("Sold: till 1 #1, 1.001,20 EUR.")
    device.page.locator("#find").fill("bask")
    expect(device.page.locator("#results")).to_contain_text("8 in stock")
    device.page.locator("#find").fill("")
    changed = {"price": "1.00", "name": "Big basket", "parts": [{"product": till_shop.pot, "quantity": 3}]}
    till_shop.call("PATCH", f"/api/kits/{basket}/", changed)
    device.restore()
    device.expect_all_sent()
    device.expect_to_settle(0)
    [sale] = till_shop.list_operations()
    assert list_moved(sale) == [("Pen", 1, None), ("Pen", 4, "1.94"), ("Tea pot", 2, "998.06")]
    assert [(one["kit"], one["quantity"], one["unit_price"]) for one in sale["kits"]] == [(basket, 2, "500.00")]
    device.read_all()
    device.page.locator("#find").fill("basket")
    expect(device.page.locator("#results")).to_contain_text("Big basket BASKET · 1,00 EUR · 2 in stock")


def test_the_receipt_has_one_line_and_the_kit_comes_back(device: Device, till_shop: TillShop, basket: int) -> None:
    device.cut()
    device.scan("BASKET")
    device.page.get_by_label("Quantity of Basket").fill("3")
    give_discount(device, "3,33")
    device.book()
    device.expect_told("Sold: till 1 #1, 1.450,05 EUR.")
    open_return(device)
    device.page.get_by_label("Quantity of Basket").fill("2")
    device.book()
    device.page.get_by_role("button", name="Receipt").click()
    expect(device.page.locator(".receipt [data-lines] li")).to_have_count(1)
    expect(device.page.locator(".receipt [data-lines]")).to_contain_text("Basket 2 × 500,00 EUR 966,70 EUR")
    device.restore()
    device.expect_all_sent()
    device.expect_to_settle(0)
    sale, back = till_shop.list_operations()
    assert list_moved(back) == [("Pen", 4, None), ("Tea pot", 2, None)]
    assert sale["kits"][0]["returned"] == 2
    assert (till_shop.count_stock(till_shop.pen), till_shop.count_stock(till_shop.pot)) == (98, 9)


def test_a_kit_beside_a_part_of_it_comes_back_at_its_price(device: Device, till_shop: TillShop, basket: int) -> None:
    device.cut()
    device.sell("BASKET", BARCODE)
    open_return(device)
    device.page.get_by_role("button", name="Basket: of 1").click()
    device.book()
    device.expect_told("Taken back: till 1 #2, 500,00 EUR.")
    device.restore()
    device.expect_all_sent()
    device.expect_to_settle(0)
    sale, _ = till_shop.list_operations()
    assert till_shop.call("GET", f"/api/sales/{sale['id']}/")["returned"] == "500.00"
    assert [one["returned"] for one in sale["movements"]] == [0, 2, 1]


def test_what_changed_meanwhile_is_settled(device: Device, till_shop: TillShop, basket: int) -> None:
    device.cut()
    device.sell("BASKET")
    till_shop.call("PATCH", f"/api/kits/{basket}/", {"parts": [{"product": till_shop.pen, "quantity": 1}]})
    till_shop.call("DELETE", f"/api/products/{till_shop.pot}/")
    device.restore()
    device.expect_to_settle(1)
    device.go("queue")
    changes = device.page.locator("[data-changes]")
    expect(changes).to_contain_text("Basket has other parts now.", timeout=30_000)
    expect(changes).to_contain_text("Tea pot is archived now.")
    expect(device.page.locator("#settle .reason")).to_have_text("Tea pot is archived: restore it first.")
    till_shop.call("POST", f"/api/products/{till_shop.pot}/restore/", {})
    till_shop.call("DELETE", f"/api/kits/{basket}/")
    device.page.get_by_role("button", name="Send it again").click()
    expect(device.page.locator("#settle .reason")).to_have_text("Basket is archived: restore it first.", timeout=30_000)
    till_shop.call("POST", f"/api/kits/{basket}/restore/", {})
    device.page.get_by_role("button", name="Send it again").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1"]


def test_a_kit_whose_part_is_gone_is_settled_by_a_count(device: Device, till_shop: TillShop, basket: int) -> None:
    device.cut()
    device.sell("BASKET", "POT-1")
    body = {"product": till_shop.pot, "movement_type": "OUT", "quantity": 9, "reason": "sale"}
    till_shop.call("POST", "/api/stock/", body)
    device.restore()
    device.expect_to_settle(1)
    device.go("queue")
    device.page.get_by_role("button", name="Count the shelf and save again").click()
    device.page.get_by_label("Tea pot on the shelf now").fill("3")
    device.page.get_by_label("Pen on the shelf now").fill("50")
    device.page.get_by_role("button", name="Save the count and the sale").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert (till_shop.count_stock(till_shop.pen), till_shop.count_stock(till_shop.pot)) == (50, 3)


def test_kits_and_products_that_share_a_part_are_short_together(device: Device, basket: int) -> None:
    for code in ("BASKET", "POT-1"):
        device.scan(code)
    device.page.get_by_label("Quantity of Tea pot").fill("9")
    expect(device.page.locator("#lines li.short")).to_have_count(0)
    device.page.get_by_label("Quantity of Basket").fill("2")
    expect(device.page.locator("#lines li.short")).to_have_count(2)


def test_a_kit_is_neither_received_nor_counted(device: Device, basket: int) -> None:
    for kind in ("receive", "count"):
        device.go(kind)
        device.scan("BASKET")
        device.expect_told("Basket is a kit, which is only sold. Scan its parts.")
        device.page.locator("#find").fill("bask")
        expect(device.page.locator("#results > li")).to_have_count(0)
        device.page.locator("#find").fill("")
    expect(device.page.locator("#lines > li")).to_have_count(0)
