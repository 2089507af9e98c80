"""The page that counts, on a phone: the expected number is a button, and twenty lines are short."""

from playwright.sync_api import expect

from testing.browser_tests.sales import narrow, open_count, scan
from testing.browser_tests.visitor import Visitor

MAX_HEIGHT = 2500  # pixels of a page with twenty lines
MIN_TARGET = 44


@narrow
def test_one_tap_takes_the_expected_number(owner: Visitor) -> None:
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    open_count(owner, "Crockery")
    line = page.locator(".task-line").nth(3)
    button = line.get_by_role("button")
    number = button.inner_text()
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= MIN_TARGET
    button.click()
    expect(line.locator("[name=counted]")).to_have_value(number)
    expect(page.locator(".task-line").nth(4).get_by_role("button")).to_be_focused()  # a button opens no keyboard
    owner.check_page()
    page.reload()
    expect(line.locator("[name=counted]")).to_have_value(number)
    page.locator(".send-task .primary").click()
    expect(page.locator("main")).to_contain_text("Nothing differs.")
    page.goto(page.url)
    page.get_by_text("Start afresh").click()


@narrow
def test_what_is_typed_or_scanned_at_the_button_of_a_line_is_not_lost(owner: Visitor) -> None:
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    open_count(owner, "Crockery")
    counted = page.locator("[name=counted]")
    page.locator("[data-take]").first.click()
    page.keyboard.type("12")
    expect(counted.nth(1)).to_have_value("12")
    page.locator("[data-take]").nth(2).click()
    product = page.locator("[name=product]").nth(7)
    scan(page, product.input_value().rpartition("(")[2].rstrip(")"))
    expect(counted.nth(7)).to_be_focused()
    expect(counted.nth(3)).to_have_value("")
    for code in product.get_attribute("data-codes").splitlines():  # also its barcode, beside its SKU
        counted.nth(3).focus()
        scan(page, code)
        expect(counted.nth(7)).to_be_focused()


@narrow
def test_a_code_that_the_list_does_not_have_is_no_quantity(owner: Visitor) -> None:
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    open_count(owner, "Crockery")
    counted = page.locator("[name=counted]").first
    counted.focus()
    scan(page, "96385074")
    expect(page.locator("form.task .notices")).to_have_text("96385074 is not in this list.")
    expect(counted).to_have_value("")


@narrow
def test_a_counter_gets_the_open_sheets_alone(visitor: Visitor) -> None:
    visitor.sign_in("counter")
    visitor.page.goto("/shop/count/?category=1")
    expect(visitor.page.locator("main form")).to_have_count(0)
    visitor.check_page()
    visitor.page.get_by_role("link", name="Count: ").first.click()
    expect(visitor.page.locator("#field-code")).to_be_focused()


@narrow
def test_a_count_that_hides_what_is_expected_has_no_such_button(owner: Visitor) -> None:
    owner.page.goto("/shop/count/")
    owner.page.get_by_label("Hide what is expected").check()
    owner.page.get_by_label("Category").select_option(label="Crockery")
    owner.page.get_by_text("List the products").click()
    owner.page.locator(".task-lines.given").wait_for()
    assert owner.page.locator(".task-line button").count() == 0


@narrow
def test_twenty_lots_of_a_place_are_counted_on_a_short_page(owner: Visitor) -> None:
    page = owner.page
    page.goto("/api/locations/")
    place = fill_a_place(owner)
    page.goto(f"/shop/count/?place={place}")
    assert page.locator(".task-line").count() == 20
    assert page.evaluate("document.documentElement.scrollHeight") <= MAX_HEIGHT
    expect(page.locator(".line-title").first).to_contain_text("H-1")
    owner.check_page()


def fill_a_place(owner: Visitor) -> int:
    """Receive twenty lots at a new place, and return its id."""
    token = owner.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    headers = {"X-CSRFToken": token, "Referer": owner.address, "Accept": "application/json"}

    def post(path: str, body: dict[str, object]) -> dict[str, int]:
        answer = owner.page.request.post(path, data=body, headers=headers)
        assert answer.status == 201, answer.text()
        found: dict[str, int] = answer.json()
        return found

    name = f"Attic {token[:8]}"
    place = post("/api/locations/", {"name": name})["id"]
    products = owner.page.request.get("/api/products/?page_size=20&format=json").json()["results"]
    lines = [
        {"product": row["id"], "movement_type": "IN", "quantity": 2, "location": name, "lot": f"H-1{number}"}
        for number, row in enumerate(products)
    ]
    post("/api/stock/operations/", {"lines": lines})
    return place
