"""The import page. A German file with an unknown column and errors is checked, corrected, imported and undone."""

import re
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
    result.get_by_text("Choose below what to do with: Regal (B).").wait_for()
    owner.page.get_by_label("Meaning of Regal").select_option("Do not import")
    result.get_by_text("To sell 0.25 kg, add a column decimals").first.wait_for()
    owner.check_accessibility()
    with owner.page.expect_download() as download:
        owner.page.get_by_role("link", name="Save the list as CSV").click()
    assert "viel" in download.value.path().read_text(encoding="utf-8-sig")
    choose_file(owner, f"{name};A3;1.234,50 €;25", f"{name} 2;A4;3,50;2")  # the choice of the column is kept
    result.get_by_text("2 new, 0 to change, 0 unchanged").wait_for()
    result.get_by_text("1234.50").wait_for()
    owner.check_accessibility()
    owner.page.get_by_role("button", name="Import 2 products").click()
    result.get_by_text("2 created, 0 changed, 0 unchanged.").wait_for()
    owner.check_accessibility()
    owner.page.get_by_role("button", name="Undo", exact=True).click()
    owner.page.wait_for_url(re.compile("/api/stock/operations/[0-9]+/$"))
    found = owner.page.request.get(f"/api/products/?search={name}&format=json").json()["results"]
    assert [product["quantity"] for product in found] == [0, 0]


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
