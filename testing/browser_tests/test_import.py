"""The import page. A German file with an unknown column and errors is checked, corrected, imported, undone."""

import re
from typing import Any
from uuid import uuid4

from testing.browser_tests.visitor import Visitor

PAGE = "/api/products/import/"


def build_file(name: str, *lines: str) -> dict[str, object]:
    """Return a German CSV file of Excel, to choose in a form."""
    text = "".join(f"{line}\r\n" for line in ("Artikelname;Regal;Preis;Bestand", *lines))
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode("cp1252")}


def choose_file(visitor: Visitor, *lines: str) -> None:
    visitor.page.get_by_label("File", exact=True).set_input_files(build_file("Preise.csv", *lines))


def test_a_german_file_is_checked_corrected_imported_and_undone(owner: Visitor) -> None:
    name = f"Käse {uuid4().hex[:8]}"
    owner.open_page(PAGE)
    result = owner.page.locator("#import-result")
    choose_file(owner, f"{name};A3;1.234,50 €;0,25", f"{name} 2;A4;viel;2")
    result.get_by_role("heading", name="1 row stays out").wait_for()
    result.get_by_text("1 row has a quantity with decimals").wait_for()
    result.get_by_text("Kept as own fields: Regal.").wait_for()
    owner.check_accessibility()
    with owner.page.expect_download() as download:
        owner.page.get_by_role("link", name="Save the list as CSV").click()
    assert "viel" in download.value.path().read_text(encoding="utf-8-sig")
    unknown = owner.page.get_by_label("Columns that your shop does not have")
    unknown.focus()
    unknown.select_option("Leave them out")
    result.get_by_text("Left out: Regal (2 values).").wait_for()
    assert owner.page.evaluate("document.activeElement.id") == "choice-unknown"
    choose_file(owner, f"{name};A3;1.234,50 €;0,25", f"{name} 2;A4;3,50;2")  # the choice is kept
    result.get_by_text("2 new, 0 to change, 0 unchanged").wait_for()
    result.get_by_text("Left out: Regal (2 values).").wait_for()
    result.get_by_text("1234.50").wait_for()
    owner.check_page()
    owner.page.get_by_role("button", name="Import 2 products").click()
    result.get_by_text("2 created, 0 changed, 0 unchanged.").wait_for()
    owner.check_accessibility()
    owner.page.get_by_role("button", name="Undo", exact=True).click()
    owner.page.wait_for_url(re.compile("/api/stock/operations/[0-9]+/$"))
    assert owner.page.request.get(f"/api/products/?search={name}&format=json").json()["results"] == []


def test_rows_that_were_left_out_are_saved_corrected_and_imported(owner: Visitor) -> None:
    name = f"Topf {uuid4().hex[:8]}"
    owner.open_page(PAGE)
    result = owner.page.locator("#import-result")
    choose_file(owner, f"{name};;1,50;2", f"{name} 2;;viel;-1")
    result.get_by_role("heading", name="1 row stays out").wait_for()
    owner.page.get_by_label("1 quantity is below zero").select_option("Leave these rows out")
    owner.page.get_by_role("button", name="Import 1 product").click()
    with owner.page.expect_download() as download:
        result.get_by_role("link", name="Save the rows: CSV").click()
    owner.check_page()
    rows = download.value.path().read_text(encoding="utf-8-sig").replace("viel", "3")
    file: Any = {"name": "refused.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    owner.page.get_by_label("File", exact=True).set_input_files(file)
    result.get_by_text("This is too low").first.wait_for()  # what was chosen about quantities below zero is kept
    file["buffer"] = rows.replace("-1", "1").encode()
    owner.page.get_by_label("File", exact=True).set_input_files(file)
    owner.page.get_by_role("button", name="Import 1 product").click()
    result.get_by_text("1 created, 0 changed, 0 unchanged.").wait_for()


def test_a_question_is_answered_by_a_button(owner: Visitor) -> None:
    owner.open_page(PAGE)
    rows = "".join(f"{uuid4().hex[:8]};1,50;{number};{number * 2}\r\n" for number in (3, 9, 4))
    file: Any = {"name": "a.csv", "mimeType": "text/csv", "buffer": f"Name;Preis;Num;Box\r\n{rows}".encode()}
    owner.page.get_by_label("File", exact=True).set_input_files(file)
    asked = owner.page.get_by_role("group", name='Which of these columns is In stock: "Num", "Box"?')
    asked.wait_for()
    owner.check_page()
    asked.get_by_role("button", name="Num (C)").click()
    owner.page.get_by_text("3 new, 0 to change, 0 unchanged").wait_for()
    assert owner.page.get_by_label("Meaning of Num").input_value() == "quantity"
    assert owner.page.locator(".import-steps [aria-current]").text_content() == "Check"


def test_answers_about_the_header_and_rates_of_vat_are_kept(owner: Visitor) -> None:
    owner.open_page(PAGE)
    rows = "".join(f"Tea {uuid4().hex[:8]};1,50;{rate}\r\n" for rate in ("7,7", "23", "7,7"))
    file: Any = {"name": "a.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    owner.page.get_by_label("File", exact=True).set_input_files(file)
    owner.page.get_by_role("group", name="The first row looks like the others.").get_by_role(
        "button", name="Yes"
    ).click()
    tax = owner.page.get_by_label("Meaning of C")
    tax.select_option("tax")
    asked = owner.page.get_by_role("group", name="The file has rates of VAT that your shop does not have")
    asked.get_by_role("button", name="Yes").click()
    owner.page.get_by_text("2 rates of VAT (7.7 %, 23 %)").wait_for()
    owner.page.get_by_text("3 new, 0 to change, 0 unchanged").wait_for()
    owner.check_page()


def test_columns_of_stock_are_those_of_places_by_one_answer(owner: Visitor) -> None:
    owner.open_page(PAGE)
    rows = "Name;Price;Odai;Shop 2\r\n" + "".join(
        f"Tea {uuid4().hex[:8]};1,50;{left};{left + 3}\r\n" for left in (3, 8, 5)
    )
    file: Any = {"name": "a.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    owner.page.get_by_label("File", exact=True).set_input_files(file)
    owner.page.get_by_role("button", name="In stock [Odai], In stock [Shop 2]").click()
    owner.page.get_by_text("Which of these columns is In stock").wait_for(state="detached")
    for name in ("Odai", "Shop 2"):
        assert owner.page.get_by_label(f"Meaning of {name}").input_value() == f"quantity [{name}]"


def test_a_file_that_can_not_be_read_says_what_to_do(owner: Visitor) -> None:
    owner.open_page(PAGE)
    pdf = {"name": "p.csv", "mimeType": "text/csv", "buffer": b"%PDF-1.7"}
    owner.page.get_by_label("File", exact=True).set_input_files(pdf)
    owner.page.get_by_text("It is a PDF: open the table it was made from").wait_for()


def test_a_lost_connection_is_said(owner: Visitor) -> None:
    owner.open_page(PAGE)
    owner.page.route(f"**{PAGE}", lambda route: route.abort())
    choose_file(owner, "Tee;A3;1,50;1")
    owner.page.get_by_text("The file could not be sent.").wait_for()
    assert owner.page.get_by_label("File", exact=True).is_enabled()
