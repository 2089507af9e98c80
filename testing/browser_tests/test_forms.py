"""Forms of the browsable API and of tasks: signing in and out, and submitting them."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from testing.browser_tests.visitor import Visitor

SEND = ".send-task .primary"  # the button of a task


def make_unique(name: str) -> str:
    return f"{name} {uuid4().hex[:8]}"


def fill_task(visitor: Visitor, task: str, **fields: str) -> None:
    """Open the page of the task and fill in these fields. Those of lines are filled in the first line."""
    visitor.open_page(f"/shop/{task}/")
    for name, text in fields.items():
        field = visitor.page.locator(f"form.task [name={name}]").first
        if not field.is_visible():
            visitor.page.locator(f"details:has([name={name}]) > summary").click()
        field.fill(text)


def send_task(visitor: Visitor) -> str:
    """Send the form of the task, and return the message of the next page."""
    with visitor.page.expect_navigation():
        visitor.page.locator(SEND).click()
    return visitor.page.locator(".message p").inner_text()


def find_sku(visitor: Visitor, number: int = 0) -> str:
    """Return the code of a product by the piece with stock. The one with number 0 has the largest quantity."""
    products = visitor.page.request.get("/api/products/?ordering=-quantity&format=json").json()["results"]
    codes: list[str] = [product["sku"] for product in products if product["sku"] and not product["decimals"]]
    return codes[number]


def test_a_user_signs_in_and_out(visitor: Visitor) -> None:
    visitor.open_page("/api/products/?low_stock=true")
    visitor.page.get_by_role("link", name="Sign in").first.click()
    visitor.page.get_by_label("User name").fill("demo")
    visitor.page.get_by_label("Password").fill("wrong")
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.locator(".wrong .error").wait_for()
    visitor.sign_in("demo", at=visitor.page.url)
    visitor.open_page("/api/products/?low_stock=true")
    visitor.page.locator("main .table").wait_for()
    visitor.sign_out()
    visitor.page.wait_for_url(f"{visitor.address}/")
    visitor.open_page("/api/products/")
    expect(visitor.page.locator("main .table")).to_have_count(0)
    visitor.page.locator("main").get_by_role("link", name="Sign in").wait_for()


def test_creates_a_category(owner: Visitor) -> None:
    name = make_unique("Acme")
    fill_task(owner, "form/categories", name=name)
    assert send_task(owner) == f"Added {name}."
    assert owner.page.locator("h1").inner_text() == name


def test_creates_changes_and_restores_a_supplier(owner: Visitor) -> None:
    name = make_unique("Acme")
    owner.open_page("/api/suppliers/")
    owner.page.get_by_role("link", name="Add supplier").click()
    owner.page.get_by_label("Name").fill(name)
    owner.check_page()
    assert send_task(owner) == f"Added {name}."
    assert owner.page.locator("h1").inner_text() == name
    owner.page.get_by_role("link", name="Edit").click()
    owner.page.get_by_label("Lead time in days").fill("12")
    assert send_task(owner) == f"Saved {name}."
    assert "12" in owner.page.locator(".details").inner_text()
    owner.page.get_by_role("link", name="Archive").click()
    owner.page.get_by_role("button", name="Archive").click()
    owner.page.locator(".message", has_text="Archived the supplier.").get_by_role("button", name="Undo").click()
    owner.page.locator(".message", has_text=f"Restored {name}.").wait_for()


def test_two_people_who_change_a_supplier_do_not_undo_each_other(owner: Visitor) -> None:
    supplier = owner.page.request.get("/api/suppliers/?format=json").json()["results"][0]
    pages = [owner.page, owner.context.new_page(), owner.context.new_page()]
    for page in pages:
        page.goto(f"/shop/form/suppliers/{supplier['id']}/")
    phone, name = uuid4().hex[:8], make_unique("Mill")
    changes = (("phone_number", phone), ("name", name), ("name", make_unique("Acme")))
    for page, (field, text), status in zip(pages, changes, (201, 201, 409), strict=True):
        page.locator(f"[name={field}]").fill(text)
        with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            page.locator(SEND).click()
        assert sent.value.status == status
    said = pages[2].locator(".error")
    expect(said).to_have_text(f"Somebody else has changed this meanwhile. It is now: {name}")
    expect(pages[2].locator("[name=phone_number]")).to_have_value(phone)


def test_creates_changes_and_archives_a_product(owner: Visitor) -> None:
    name = make_unique("Kettle")
    fill_task(owner, "products/add", name=name, price="9.90", quantity="4")
    assert send_task(owner) == f"Added {name}."
    owner.check_accessibility()
    owner.page.locator("summary", has_text="More").click()
    owner.check_accessibility()
    owner.page.get_by_role("link", name="Edit").click()
    owner.check_accessibility()
    owner.page.get_by_label("In stock").first.fill("7")
    owner.page.get_by_role("button", name="Save").click()
    owner.page.locator(".message", has_text=f"Saved {name}.").wait_for()
    expect(owner.page.locator(".stock .figure")).to_have_text("7")
    owner.page.locator("summary", has_text="More").click()
    owner.page.get_by_role("link", name="Archive").click()
    owner.page.get_by_role("button", name="Archive").click()
    owner.page.wait_for_url("**/api/products/")
    owner.page.locator(".message", has_text="Archived").wait_for()


def open_value(owner: Visitor, title: str, field: str) -> Locator:
    """Open the form of a value on the page of a product, and return its field."""
    owner.page.get_by_role("link", name=f"{title}: Change", exact=True).click()
    field_of_form = owner.page.locator(f".editing [name={field}]")
    expect(field_of_form).to_be_focused()
    return field_of_form


def test_a_value_of_a_product_is_changed_where_it_is_shown(owner: Visitor) -> None:
    name = make_unique("Kettle")
    fill_task(owner, "products/add", name=name, price="9.90", quantity="4", min_threshold="2")
    send_task(owner)
    page, address = owner.page, owner.page.url
    open_value(owner, "Price", "price").fill("much")
    page.keyboard.press("Enter")
    expect(page.locator(".editing .error")).to_have_text("Enter a number.")
    expect(page.locator(".editing [name=price]")).to_have_value("much")
    owner.check_accessibility()
    page.locator(".editing [name=price]").fill("8.50")
    page.keyboard.press("Enter")
    expect(page.locator(".price")).to_contain_text("8.50")
    expect(page.locator(".message")).to_contain_text(f"Saved {name}.")
    expect(page.get_by_role("link", name="Price: Change", exact=True)).to_be_focused()
    assert page.url == address
    other = owner.context.new_page()
    open_value(owner, "Low at", "min_threshold").fill("3")
    token = page.locator(".editing [name=csrfmiddlewaretoken]").input_value()
    headers = {"X-CSRFToken": token, "Referer": address}
    assert other.request.patch(address, data={"min_threshold": 5}, headers=headers).ok
    page.keyboard.press("Enter")
    expect(page.locator(".editing .error")).to_contain_text("It is now: 5")
    page.keyboard.press("Escape")
    expect(page.locator(".editing")).to_have_count(0)


def test_a_form_is_not_scrolled_to_an_empty_field_among_the_further_ones(owner: Visitor) -> None:
    found = owner.page.request.get("/api/products/?sku=TEA-ASSAM&format=json").json()["results"]
    owner.page.goto(f"/shop/form/products/{found[0]['id']}/")
    assert all(owner.page.locator(f"[name={name}]").input_value() for name in ("name", "price", "quantity", "barcode"))
    expect(owner.page.locator("form.task [name=name]")).to_be_focused()
    assert owner.page.evaluate("scrollY") == 0


def test_a_filter_leaves_empty_parameters_out_of_the_address(owner: Visitor) -> None:
    owner.open_page("/api/products/")
    owner.show_filters()
    owner.page.locator("#filters").get_by_label("Low on stock").select_option("true")
    owner.page.wait_for_url("**/api/products/?low_stock=true")
    assert owner.page.locator(".table td.number .chip").count() == owner.page.locator(".table tbody tr").count()


def test_books_a_sale_and_undoes_it(owner: Visitor) -> None:
    fill_task(owner, "sell", product=find_sku(owner), quantity="1")
    assert send_task(owner).startswith("Sold 1 of ")
    owner.page.get_by_role("button", name="Undo").click()
    owner.page.locator(".message", has_text="Undone").wait_for()


def test_a_double_click_books_once(owner: Visitor) -> None:
    reference = make_unique("till")
    fill_task(owner, "sell", product=find_sku(owner), quantity="1", reference=reference)
    owner.page.locator(SEND).dblclick()  # the second click can end the first navigation
    owner.page.locator(".message p").wait_for()
    assert count_movements(owner, reference) == 1
    owner.page.reload()
    assert count_movements(owner, reference) == 1


def count_movements(visitor: Visitor, reference: str) -> int:
    found = visitor.page.request.get(f"/api/stock/?reference={reference}&format=json").json()
    return len(found["results"])


def test_books_a_sale_with_an_added_line(owner: Visitor) -> None:
    fill_task(owner, "sell", product=find_sku(owner), quantity="1", reference="till 7")
    owner.page.get_by_role("button", name="Another line").click()
    assert owner.page.locator(".task-line").count() == 2
    owner.page.locator("[name=product]").last.fill(find_sku(owner, 3))
    assert send_task(owner) == "Sold 2 lines."
    newest = owner.page.request.get("/api/stock/?reference=till 7&format=json").json()["results"][0]["operation"]
    owner.open_page(f"/api/stock/operations/{newest}/")
    assert owner.page.locator(".table tbody tr").count() == 2


def test_a_refused_sale_keeps_the_values_of_the_form(owner: Visitor) -> None:
    fill_task(owner, "sell", product=find_sku(owner), quantity="99999", reference="till 8")
    owner.page.locator(SEND).click()
    owner.page.locator(".task-line.wrong .error").first.wait_for()
    assert owner.page.locator("[name=quantity]").first.input_value() == "99999"
    assert owner.page.locator("[name=reference]").input_value() == "till 8"
    owner.check_page()


def test_books_a_count_and_reverses_it(owner: Visitor) -> None:
    fill_task(owner, "count", product=find_sku(owner), counted="3")
    owner.page.locator(SEND).click()
    owner.page.get_by_text("1 product counted.").wait_for()
    owner.check_page()
    assert send_task(owner) == "Counted: 1 difference is saved."
    operation = re.search(r"/operations/(\d+)/", owner.page.url)
    assert operation
    owner.page.get_by_role("link", name="Undo").click()
    owner.page.get_by_label("Note").fill("Counted wrong")
    owner.check_page()
    assert send_task(owner) == f"Undid number {operation[1]}."


@pytest.mark.parametrize("path", ["/api/suppliers/", "/api/stock/operations/", "/api/stock/counts/"])
@pytest.mark.usefixtures("developer")
def test_the_prepared_json_is_accepted(owner: Visitor, path: str) -> None:
    owner.open_page(path)
    owner.page.locator("summary", has_text="For developers").click()
    owner.page.locator("summary", has_text="as JSON").click()
    if path == "/api/suppliers/":
        owner.page.get_by_label("Body", exact=True).fill(f'{{"name": "{make_unique("Acme")}"}}')
    if path == "/api/stock/operations/":  # another run has changed the quantity
        body = owner.page.get_by_label("Body", exact=True)
        body.fill(re.sub(r',\s*"expected_quantity": \d+', "", body.input_value()))
    owner.page.locator(".raw").get_by_role("button", name="POST").click()
    owner.page.locator(".answer .status", has_text="201").wait_for()


def test_two_people_who_change_a_product_do_not_undo_each_other(owner: Visitor) -> None:
    fill_task(owner, "products/add", name=make_unique("Kettle"), price="500", quantity="4")
    send_task(owner)
    address = owner.page.url.rstrip("/").rpartition("/")[2]
    pages = [owner.page, owner.context.new_page(), owner.context.new_page()]
    for page in pages:
        page.goto(f"/shop/form/products/{address}/")
    price, name = f"{uuid4().int % 1000 + 1}.25", make_unique("Pot")
    changes = (("price", price), ("name", name), ("name", make_unique("Jug")))
    for page, (field, text) in zip(pages, changes, strict=True):
        page.locator(f"[name={field}]").fill(text)
        with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            page.locator(SEND).click()
        assert sent.value.status == (201 if page is not pages[2] else 409)
    said = pages[2].locator(".error")
    expect(said).to_have_text(f"Somebody else has changed this meanwhile. It is now: {name}")
    expect(pages[2].locator("[name=price]")).to_have_value(price)
    row = owner.page.request.get(f"/api/products/{address}/?format=json").json()
    assert (row["name"], row["price"]) == (name, price)
