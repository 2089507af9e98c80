"""The pages of tasks: nothing that was typed is lost, and nothing is booked twice."""

import re

import pytest
from playwright.sync_api import Browser, expect

from testing.browser_tests.cameras import show_barcode
from testing.browser_tests.cutting import run_cutter
from testing.browser_tests.demo import Demo
from testing.browser_tests.sales import DRAFT, Sale, add_product, narrow, wide
from testing.browser_tests.test_forms import make_unique
from testing.browser_tests.visitor import WIDE, Visitor

EAN = "9780000000002"
# Bytes of an answer: in its first line, in its head, in its body, and (the largest) perhaps behind its end.
HEADER = 52  # pixels, the height of the bar of a phone
CUTS = (0, 1, 8, 12, 20, 60, 150, 300, 500, 700, 800, 900)


@wide
def test_sells_by_keyboard_and_the_button_is_in_sight(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    expect(sale.cell("product")).to_be_focused()
    expect(sale.page.locator(".send-task .primary")).to_be_in_viewport()
    sale.page.keyboard.type(sale.sku)
    for key in ("Enter", "3", "Enter", "Enter"):
        sale.page.keyboard.press(key)
    sale.expect_message(f"Sold 3 of Kettle {sale.sku}: 35 in stock.")
    expect(sale.cell("product")).to_have_value("")


@wide
def test_a_scanner_sells_line_by_line(sale: Sale) -> None:
    other = make_unique("SKU")
    add_product(sale.page, other)
    sale.page.goto("/shop/sell/")
    for code in (sale.sku, other):
        sale.page.keyboard.type(code)
        sale.page.keyboard.press("Enter")
        sale.page.keyboard.press("Enter")
    sale.page.keyboard.press("Enter")
    sale.expect_message("Sold 2 lines.")
    assert sale.count_stock() == 37


@wide
def test_a_code_that_is_scanned_into_the_quantity_begins_the_next_line(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    sale.page.keyboard.type(sale.sku)
    sale.page.keyboard.press("Enter")
    sale.page.keyboard.type("4006381333931")
    sale.page.keyboard.press("Enter")
    expect(sale.cell("quantity")).to_have_value("1")
    expect(sale.cell("product", 1)).to_have_value("4006381333931")


@wide
def test_an_ambiguous_name_offers_its_products_to_click(sale: Sale) -> None:
    second = f"{sale.sku}-two"
    add_product(sale.page, second)
    sale.open()
    sale.cell("product").fill(f"Kettle {sale.sku}"[:-1])
    sale.send()
    sale.page.locator(".candidates .button", has_text=second).click()
    sale.page.wait_for_timeout(400)  # as long as a text must stand before products are looked up
    expect(sale.page.locator(".found")).to_have_count(0)
    sale.page.keyboard.press("Enter")
    sale.expect_message(f"Sold 2 of Kettle {second}: 36 in stock.")


@wide
def test_back_shows_what_was_sold_and_sending_it_again_books_nothing(sale: Sale) -> None:
    sale.open(f"/shop/sell/?product={sale.id}&back={sale.id}")
    sale.send()
    sale.expect_message("Sold 2 of")
    sale.page.go_back()
    expect(sale.cell("quantity")).to_have_value("2")
    sale.send()
    sale.expect_message("This form was sent before, so nothing was done again.")
    assert sale.count_stock() == 36


@wide
def test_another_sale_after_back_is_booked_in_addition_once_it_is_meant(sale: Sale) -> None:
    sale.open(f"/shop/sell/?product={sale.id}&back={sale.id}")
    sale.send()
    sale.expect_message("Sold 2 of")
    sale.page.go_back()
    expect(sale.cell("quantity")).to_have_value("2")
    sale.cell("quantity").fill("3")
    sale.send()
    sale.expect_refusal("with other values")
    assert sale.count_stock() == 36
    sale.send()
    sale.expect_message("Sold 3 of")
    assert sale.count_stock() == 33


@wide
def test_a_reload_keeps_what_was_typed_and_start_afresh_forgets_it(sale: Sale) -> None:
    sale.page.on("dialog", lambda dialog: dialog.accept())
    sale.open()
    sale.page.reload()
    sale.expect_message(DRAFT)
    expect(sale.cell("product")).to_have_value(sale.sku)
    sale.page.get_by_text("Start afresh").click()
    expect(sale.cell("product")).to_have_value("")


@wide
def test_leaving_a_half_filled_form_asks(sale: Sale) -> None:
    asked: list[str] = []
    sale.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    sale.open()
    sale.page.goto("/api/")
    assert asked == ["beforeunload"]


@wide
def test_without_a_connection_the_page_says_so_and_keeps_everything(sale: Sale) -> None:
    sale.open()
    sale.visitor.context.set_offline(True)
    sale.send()
    sale.expect_refusal("There is no connection.")
    sale.visitor.context.set_offline(False)
    sale.send()
    sale.expect_message("Sold 2 of")
    assert sale.count_stock() == 36


@wide
def test_a_session_that_has_ended_loses_nothing_and_books_once(sale: Sale) -> None:
    sale.open()
    sale.visitor.context.clear_cookies()
    sale.send()
    sale.expect_refusal("You have been signed out.")
    tab = sale.visitor.context.new_page()
    tab.goto("/api-auth/login/?next=/api/")
    tab.get_by_label(re.compile("user ?name", re.I)).fill("demo")
    tab.get_by_label("Password").fill("tea-at-half-past-4")
    tab.locator("main form button").first.click()
    tab.wait_for_url("**/api/")
    sale.send()
    sale.expect_refusal("You have signed in again since this page was opened.")
    expect(sale.cell("product")).to_have_value(sale.sku)
    sale.send()
    sale.expect_message("Sold 2 of")
    assert sale.count_stock() == 36


def test_a_connection_that_is_cut_anywhere_in_the_answer_books_once(chromium: Browser, shop: Demo) -> None:
    with run_cutter(shop.address) as cutter:
        visitor = Visitor(chromium, cutter.address, WIDE)
        visitor.sign_in("demo")
        sale = Sale(visitor)
        for number, cut in enumerate(CUTS, 1):
            sale.page.goto("/shop/sell/")
            sale.fill("1")
            cutter.cut_after(cut)
            sale.send()
            sale.expect_message(f"{38 - number} in stock")
        assert sale.count_stock() == 38 - len(CUTS)
        visitor.close()


@narrow
def test_counts_a_category_with_few_keys(owner: Visitor) -> None:
    page = owner.page
    page.goto("/shop/count/")
    page.get_by_label("Category").select_option(label="Crockery")
    page.get_by_text("List the products").click()
    assert page.evaluate("document.documentElement.scrollHeight") <= 2500
    page.locator("[name=counted]").first.focus()
    for _line in range(20):
        page.keyboard.press("=")
        page.keyboard.press("Enter")
    owner.check_page()
    page.locator(".send-task .primary").click()
    expect(page.locator("main")).to_contain_text("20 products counted.")
    expect(page.locator("main")).to_contain_text("Nothing differs.")
    page.locator(".send-task .primary").click()
    expect(page.locator(".message")).to_contain_text("Counted: nothing differs.")


@narrow
def test_a_count_survives_a_closed_tab(owner: Visitor) -> None:
    page = owner.page
    page.goto("/shop/count/")
    page.get_by_label("Category").select_option(label="Gifts")
    page.get_by_text("List the products").click()
    page.locator("[name=counted]").first.fill("7")
    address = page.url
    page.close(run_before_unload=False)
    tab = owner.page = owner.context.new_page()
    tab.goto(address)
    expect(tab.locator(".message")).to_contain_text("You counted 1 of ")
    expect(tab.locator("[name=counted]").first).to_have_value("7")
    tab.get_by_text("Start afresh").click()


KEPT = "[localStorage, sessionStorage].flatMap(Object.keys).filter(key => /^(task|draft) /.test(key)).length"


def sign_in_as_another(visitor: Visitor) -> None:
    visitor.context.clear_cookies()
    visitor.sign_in("helper")


@wide
@pytest.mark.parametrize("address", ["/shop/sell/", "/shop/count/?places=yes"])
def test_a_draft_is_not_shown_to_the_next_user_of_the_browser(sale: Sale, address: str) -> None:
    sale.page.goto(address)
    sale.cell("product").fill(sale.sku)
    sale.visitor.page.evaluate("document.querySelector('form.task').task.leave()")
    sign_in_as_another(sale.visitor)
    assert sale.page.evaluate(KEPT) == 0
    sale.page.goto(address)
    expect(sale.cell("product")).to_have_value("")


@wide
@pytest.mark.parametrize("address", ["/shop/sell/", "/shop/count/?places=yes"])
def test_signing_out_forgets_what_was_typed(sale: Sale, address: str) -> None:
    sale.page.goto(address)
    sale.cell("product").fill(sale.sku)
    sale.page.evaluate("document.querySelector('form.task').task.leave()")
    assert sale.page.evaluate(KEPT) > 0
    sale.visitor.sign_out()
    sale.page.wait_for_url(lambda found: "/shop/" not in found)
    assert sale.page.evaluate(KEPT) == 0


@wide
def test_moves_between_places_and_says_from_where_to_where(sale: Sale) -> None:
    page = sale.page
    page.goto(f"/shop/move/?product={sale.id}")
    page.get_by_label("To").select_option(index=1)
    where = page.get_by_label("To").input_value()
    sale.send()
    sale.expect_message(f"no place → {where}.")


@wide
def test_prints_labels_of_chosen_products_without_typing(owner: Visitor) -> None:
    page = owner.page
    page.goto("/api/products/")
    for number in range(10):
        page.locator("[name=product]").nth(number).check()
    page.get_by_role("button", name="Labels").click()
    page.wait_for_url("**/labels/**")
    assert page.locator("[name=product]").count() >= 10
    page.get_by_role("button", name="Show the sheet").click()
    expect(page.locator("main")).to_contain_text("10 labels of")


@wide
def test_the_slash_leads_to_the_search(owner: Visitor) -> None:
    owner.page.goto("/api/")
    owner.page.keyboard.press("/")
    expect(owner.page.locator("#scan")).to_be_focused()


@pytest.mark.parametrize(
    "path", ["sell", "receive", "write-off", "move", "count", "order", "reserve", "labels", "products/add", "reports",
             "shop"],
)  # fmt: skip
def test_the_pages_of_tasks_are_free_of_problems_and_their_button_is_in_sight(owner: Visitor, path: str) -> None:
    owner.open_page(f"/shop/{path}/")
    button = owner.page.locator(".send-task .primary")
    if button.count():
        expect(button).to_be_in_viewport()


@narrow
def test_the_menu_opens_on_a_phone(owner: Visitor) -> None:
    owner.page.goto("/api/")
    menu = owner.page.locator("#menu")
    shown = menu.locator("a:visible")
    expect(shown).to_have_text(["Sell", "Receive", "Count", "More"])
    for link in shown.all():
        assert link.evaluate("link => link.getBoundingClientRect().bottom === innerHeight")
    assert owner.page.locator(".bar").evaluate("bar => bar.offsetHeight") == HEADER
    menu.get_by_role("link", name="More").click()
    expect(menu.get_by_role("link", name="Reports")).to_be_in_viewport()
    expect(menu.get_by_role("button", name="Sign out")).to_be_in_viewport()
    owner.check_page()
    menu.get_by_role("link", name="Close the menu").click()
    expect(shown).to_have_count(4)
    menu.get_by_role("link", name="More").click()
    menu.get_by_role("link", name="Reports").click()
    owner.page.locator("h1", has_text="Reports").wait_for()
    owner.page.go_back()
    expect(shown).to_have_count(4)
    expect(owner.page).to_have_url(re.compile("/api/$"))


@narrow
def test_the_bar_at_the_bottom_of_a_phone_covers_nothing(owner: Visitor) -> None:
    owner.page.goto("/api/products/")
    owner.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = owner.page.locator("main").evaluate("main => main.getBoundingClientRect().bottom")
    top = owner.page.locator("#menu").evaluate("menu => menu.getBoundingClientRect().top")
    assert last < top + 1, "a line of pixels is covered"  # the height of a page is rounded to whole pixels


# --- The list of products, prices, stock and the total ----------------------------------------------------------------


def type_name(sale: Sale, text: str) -> None:
    """Type a name as people do, and wait for the list of products below the field."""
    sale.cell("product").press_sequentially(text)
    sale.page.locator("[role=option]").first.wait_for()


def expect_total(sale: Sale, amount: str) -> None:
    expect(sale.page.locator(".task-total b")).to_have_text(amount)


def test_a_product_is_chosen_by_the_keyboard_and_shows_its_price_stock_and_total(sale: Sale) -> None:
    add_product(sale.page, f"{sale.sku}-two", "5")
    sale.page.goto("/shop/sell/")
    type_name(sale, f"kettle {sale.sku}")
    expect(sale.page.locator("[role=option]")).to_have_count(2)
    expect(sale.page.locator("[role=option]").first).to_contain_text(f"{sale.sku} · 9.90 EUR · 38 in stock")
    sale.visitor.check_page()
    for key in ("ArrowDown", "ArrowUp"):
        sale.page.keyboard.press(key)
    chosen = sale.page.locator("#found [aria-selected=true]")
    expect(chosen).to_contain_text(f"{sale.sku}-two")
    assert sale.cell("product").get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    sale.page.keyboard.press("Enter")
    expect(sale.cell("product")).to_have_value(f"Kettle {sale.sku}-two ({sale.sku}-two)")
    expect(sale.cell("quantity")).to_be_focused()
    expect(sale.page.get_by_role("listbox")).to_have_count(0)
    sale.page.keyboard.type("3")
    expect(sale.page.locator(".of-product")).to_have_text("9.90 EUR · 5 in stock = 29.70 EUR")
    expect_total(sale, "29.70 EUR")
    sale.cell("unit_price").fill("8.05")
    expect_total(sale, "24.15 EUR")
    sale.visitor.check_page()
    sale.cell("quantity").fill("6")
    expect(sale.page.locator(".too-few")).to_have_text("only 5 in stock")
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_enter_in_an_ambiguous_name_moves_to_the_first_product(sale: Sale) -> None:
    add_product(sale.page, f"{sale.sku}-two")
    sale.page.goto("/shop/sell/")
    type_name(sale, f"kettle {sale.sku[:-1]}")  # a whole name would be that of one product
    sale.page.keyboard.press("Enter")
    expect(sale.cell("product")).to_be_focused()
    for _ in range(3):
        sale.page.keyboard.press("Enter")
    sale.expect_message(f"Sold 1 of Kettle {sale.sku}: 37 in stock.")


@wide
def test_escape_closes_the_list_and_a_whole_code_leaves_the_field(sale: Sale) -> None:
    add_product(sale.page, f"{sale.sku}-two")
    sale.page.goto("/shop/sell/")
    type_name(sale, sale.sku)
    sale.page.keyboard.press("Escape")
    expect(sale.page.get_by_role("listbox")).to_have_count(0)
    sale.page.keyboard.press("Backspace")
    type_name(sale, sale.sku[-1])
    sale.page.keyboard.press("Enter")
    expect(sale.cell("quantity")).to_be_focused()
    expect(sale.page.locator(".of-product")).to_contain_text(f"Kettle {sale.sku} · 9.90 EUR · 38 in stock")
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


def test_a_typing_error_offers_similar_names(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    type_name(sale, "camomille flowrs")
    expect(sale.page.locator(".found .hint")).to_have_text("Nothing has these letters. Similar:")
    expect(sale.page.locator("[role=option]").first).to_contain_text("Camomile flowers, 80 g")
    sale.visitor.check_page()
    sale.page.locator("[role=option]").first.click()
    expect(sale.cell("quantity")).to_be_focused()
    sale.page.evaluate("document.querySelector('form.task').task.leave()")
    sale.page.goto("/api/products/?search=earl+gray")
    sale.page.locator(".similar").get_by_role("link", name="Earl Grey, 250 g").click()
    expect(sale.page.locator("h1")).to_have_text("Earl Grey, 250 g")


@wide
def test_the_total_of_a_delivery_has_the_costs_as_typed_or_as_before(sale: Sale) -> None:
    sale.open("/shop/receive/")
    sale.cell("unit_cost").fill("1.11")
    expect_total(sale, "2.22 EUR")
    sale.send()
    sale.expect_message("Received 2 of")
    sale.open("/shop/receive/")
    expect_total(sale, "0.11 EUR")  # 2 of 40 units that have cost 2.22
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_a_draft_that_is_shown_again_has_its_total(sale: Sale) -> None:
    sale.open()
    expect_total(sale, "19.80 EUR")
    sale.page.evaluate("document.querySelector('form.task').task.leave()")
    sale.page.reload()
    sale.expect_message(DRAFT)
    expect_total(sale, "19.80 EUR")
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


def test_a_refused_sale_offers_what_there_is_and_keeps_everything(sale: Sale) -> None:
    sale.open()
    sale.cell("quantity").fill("99")
    sale.page.locator("summary", has_text="More").click()
    sale.cell("note").fill("for Ada")
    sale.send()
    expect(sale.page.locator(".task-line .error")).to_have_text("Only 38 in stock, 99 requested.")
    expect_total(sale, "980.10 EUR")
    sale.visitor.check_page()
    sale.page.get_by_role("button", name="Take 38").click()
    expect(sale.cell("quantity")).to_have_value("38")
    expect(sale.cell("note")).to_have_value("for Ada")
    expect(sale.page.locator(".task-line.wrong, .refusal")).to_have_count(0)
    expect_total(sale, "376.20 EUR")
    expect(sale.page.locator(".send-task .primary")).to_be_focused()
    sale.page.keyboard.press("Enter")
    sale.expect_message(f"Sold 38 of Kettle {sale.sku}: 0 in stock.")


@wide
def test_the_list_works_after_a_refusal(sale: Sale) -> None:
    sale.open()
    sale.cell("quantity").fill("99")
    sale.send()
    expect(sale.page.locator(".task-line .error")).to_have_count(1)
    sale.cell("product").fill("")
    type_name(sale, f"kettle {sale.sku}")
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_undo_of_a_sale_stays_on_the_page_and_says_what_is_undone(sale: Sale) -> None:
    sale.open()
    sale.send()
    sale.expect_message("Sold 2 of")
    sale.page.get_by_role("button", name="Undo").click()
    sale.expect_message(f"Undone. Kettle {sale.sku}: 38 in stock.")
    assert sale.page.url.endswith("/shop/sell/")


# A camera that reads these codes one after the other.
CAMERA = """codes => {
  window.codes = codes;
  window.BarcodeDetector = class {
    static async getSupportedFormats() { return ["ean_13"]; }
    async detect() { return codes.length ? [{ rawValue: codes.shift() }] : []; }
  };
  navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
  HTMLMediaElement.prototype.play = async () => {};
}"""


@wide
@pytest.mark.parametrize("page", ["sell", "receive", "count"])
def test_the_camera_scans_line_by_line(sale: Sale, page: str) -> None:
    second = f"{sale.sku}-two"
    add_product(sale.page, second)
    sale.page.add_init_script(f"({CAMERA})({[sale.sku, second, sale.sku]!r})")
    sale.page.goto(f"/shop/{page}/")
    sale.page.get_by_role("button", name="Camera").click()
    expect(sale.page.locator("#camera-dialog [role=status]")).to_contain_text(f"Kettle {sale.sku}")
    expect(sale.cell("product", 1)).to_have_value(second)
    sale.page.wait_for_function("() => !window.codes.length")
    number = "2" if page != "count" else ""
    expect(sale.page.locator("[data-quantity]").first).to_have_value(number)
    sale.page.get_by_role("button", name="Close").click()
    expect(sale.page.locator("[data-quantity]").first).to_be_focused()
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_the_camera_scans_in_browsers_that_read_no_codes(sale: Sale) -> None:
    add_product(sale.page, EAN)
    show_barcode(sale.page, EAN)
    sale.page.goto("/shop/sell/")
    sale.page.get_by_role("button", name="Camera").click()
    status = sale.page.locator("#camera-dialog [role=status]")
    expect(status).to_contain_text(f"Kettle {EAN}", timeout=30_000)
    sale.page.get_by_role("button", name="Close").click()
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_pages_without_a_camera_compile_no_webassembly(sale: Sale) -> None:
    compiled = "() => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => true, () => false)"
    found = {}
    for page in ("/shop/sell/", "/shop/write-off/"):
        sale.page.goto(page)
        found[page] = sale.page.evaluate(compiled)
    assert found == {"/shop/sell/": True, "/shop/write-off/": False}
