"""The page of the import before a file is chosen, and after a dry run, a refusal and an import."""

import html
import re
from urllib.parse import unquote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from products.filing.tests.importing import ADDRESS
from products.models import Product
from stock.models import Operation
from testing.cast.people import make_product
from testing.reading.browser import Browser

GERMAN = "Bezeichnung;Regal;Preis;Bestand\r\nTee;A3;1.234,50;2\r\nKanne;B1;viel;0,25\r\n".encode("cp1252")
GOOD = b"name,price,quantity\nTea,1.50,2\n"
MOVING = {"moving": "true", "dry_run": "true"}


def send(browser, content, **fields):
    """Submit the form as a browser does, and return the page."""
    form = browser.form_values(ADDRESS, "post")
    token = {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]}
    answer = browser.client.post(ADDRESS, {**token, **fields, "file": SimpleUploadedFile("p.csv", content)})
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return answer


def find_result(answer):
    """Return the parts of the page that the script shows, without tags."""
    head = answer.text.partition('id="import-head"')[2].partition('<p class="about">')[0]
    part = head + answer.text.partition('id="import-result"')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", part)))


def list_choices(answer):
    """Return the chosen column by the name of the column in the file."""
    selects = re.findall(
        r'<select id="column-[A-Z]+" data-letter="[A-Z]+" data-name="([^"]*)".*?</select>', answer.text, re.DOTALL
    )
    chosen = [re.search(r'value="([^"]*)" selected', part)[1] for part in answer.text.split('<select id="column-')[1:]]
    return dict(zip(selects, chosen, strict=True))


def test_shows_a_form_and_where_to_get_a_file(browser):
    page = browser.get_page(ADDRESS)
    assert "<h1>Import products</h1>" in page
    assert re.search(r'<input name="file"[^>]* type="file" required accept="[^"]*\.xlsx', page)
    assert 'href="/api/products/import/template/?_from_page=1&amp;format=xlsx"' in page
    assert "products/import.js" in page
    assert "For developers" not in page


@pytest.mark.parametrize("method", ["get", "head"])
def test_the_page_is_a_200_for_people_and_a_405_for_programs(browser, as_alice, method):
    assert getattr(browser.client, method)(ADDRESS).status_code == 200
    answer = getattr(as_alice, method)(ADDRESS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")


def test_a_form_of_a_wrong_type_is_refused_on_a_page(browser):
    form = {"csrfmiddlewaretoken": browser.form_values(ADDRESS, "post")["csrfmiddlewaretoken"]}
    refused = browser.client.post(ADDRESS, urlencode(form), "application/x-www-form-urlencoded")
    assert refused.status_code == 415
    assert "Unsupported media type" in refused.text


def test_the_page_says_to_a_worker_who_may_import(bob):
    page = Browser(bob).get_page(ADDRESS)
    assert "Only the owner and managers of the shop import products." in page
    assert 'type="file"' not in page


def test_a_visitor_is_asked_to_sign_in(db):
    page = Browser().get_page(ADDRESS)
    assert "Sign in" in page
    assert 'type="file"' not in page


def test_an_unknown_column_has_to_be_chosen(browser):
    answer = send(browser, GERMAN, dry_run="true")
    assert answer.status_code == 400
    assert list_choices(answer) == {"Bezeichnung": "name", "Regal": "?", "Preis": "price", "Bestand": "quantity"}
    assert "Choose below what to do with: Regal (B)." in find_result(answer)
    assert "Tee Kanne" in find_result(answer)
    assert "Import 2 products" not in answer.text


def test_a_dry_run_shows_how_the_rows_are_read_and_what_is_wrong(browser):
    answer = send(browser, GERMAN, dry_run="true", columns="Regal:")
    result = find_result(answer)
    assert list_choices(answer)["Regal"] == "-"
    assert "1.234,50 → 1234.50" in result
    assert "3 Preis viel This is not a number: enter it as 1234.50." in result
    assert "3 Bestand 0,25 Quantities of this product are whole numbers." in result
    assert 'value="Regal:"' in answer.text


def test_columns_of_the_same_meaning_have_to_be_chosen(browser):
    file = b"name,Price,Preis\nTea,1.00,1.50\n"
    answer = send(browser, file, dry_run="true")
    assert "Several columns have the same meaning: Price (B), Preis (C)." in find_result(answer)
    assert answer.text.count('class="unknown"') == 2
    answer = send(browser, file, dry_run="true", columns="=A:name,=B:,=C:price")
    assert (answer.status_code, list_choices(answer)) == (200, {"name": "name", "Price": "-", "Preis": "price"})


def find_step(answer):
    return re.search(r'<li aria-current="step">(?:<a [^>]*>)?(\w+)', answer.text)[1]


def test_the_page_says_at_which_step_the_import_is(browser):
    assert find_step(browser.client.get(ADDRESS, headers={"Accept": "text/html"})) == "File"
    assert find_step(send(browser, b"%PDF-1.7", dry_run="true")) == "File"
    assert find_step(send(browser, GERMAN, dry_run="true")) == "Columns"
    assert find_step(send(browser, GERMAN, **MOVING)) == find_step(send(browser, GOOD, dry_run="true")) == "Check"
    assert find_step(send(browser, GOOD)) == "Done"


def test_a_question_has_yes_and_no_as_answers_and_no_names_of_the_api(browser, alice):
    alice.language = "de"
    alice.save()
    file = b"name,price,Num,Box\nTea,1.50,3,7\nPot,2.25,8,9\nJug,3.10,4,2\n"
    page = find_result(send(browser, file, **MOVING))
    assert "quantity" not in page
    assert page.index('"Num"') < page.index('"Box"')
    answers = re.compile(r'data-answer="([^"]+)">([^<]*)<')
    assert answers.findall(send(browser, file, **MOVING, columns="Box:quantity").text) == []
    assert answers.findall(send(browser, file, **MOVING, columns="").text) == [
        ("columns==C:quantity,=D:", "Num (C)"), ("columns==C:,=D:quantity", "Box (D)"),
        ("columns==C:quantity [Num],=D:quantity [Box]", "Auf Lager [Num], Auf Lager [Box]"),
        ("columns==C:,=D:", "Keine davon"),
    ]  # fmt: skip


def press(browser, page, answer, content, **fields):
    """Choose the file again and press the answer, as in a browser without JavaScript. Return the next page."""
    address = re.search(rf'formaction="([^"]*)" data-answer="{re.escape(answer)}"', page.text)[1]
    kept = re.findall(
        r'<input type="hidden" name="(csrfmiddlewaretoken|header|create_rates)" value="([^"]*)">', page.text
    )
    body = {**MOVING, **dict(kept), **fields, "file": SimpleUploadedFile("p.csv", content)}
    return browser.client.post(ADDRESS + html.unescape(address), body)


def test_an_answer_without_javascript_outweighs_the_choice_that_is_sent_with_it(browser):
    file = b"Tea,1.50,3\nPot,2.25,8\nJug,3.10,4\n"
    page = press(browser, send(browser, file, **MOVING), "header=none", file, header="1")
    assert (list_choices(page)["A"], re.findall('name="header" value="(.*?)"', page.text)) == ("name", ["none"])


def test_each_answer_without_javascript_keeps_those_before_it(browser):
    file = b"name,price,VPE,MwSt\nTea,1.50,3,7\nPot,2.25,8,19\nJug,3.10,4,7\n"
    page = press(browser, send(browser, file, **MOVING), "create_rates=true", file)
    page = press(browser, page, "columns==C:quantity", file)
    assert "data-answer" not in page.text
    assert "3 new, 0 to change" in find_result(page)
    assert "2 rates of VAT (7 %, 19 %)" in find_result(page)
    assert list_choices(page)["VPE"] == "quantity"


def test_the_page_imports_once_a_question_is_answered_that_changes_what_is_booked(browser):
    file = b"name,price,VPE,MwSt\nTea,1.50,3,7\nPot,2.25,8,19\nJug,3.10,4,7\n"
    answer = send(browser, file, **MOVING)
    assert re.findall(r'data-answer="([^"]+)"', answer.text) == [
        "columns==C:quantity", "columns==C:", "create_rates=true", "columns==D:",
    ]  # fmt: skip
    assert "Ready: 3 products" in find_result(answer)
    assert "data-import=" not in answer.text
    assert re.search(r'<button type="button" class="button primary" disabled>Import</button>', answer.text)
    assert 'data-import="3"' in send(browser, file, **MOVING, columns="VPE:").text


def test_a_question_has_samples_of_each_column_and_another_way_out(browser):
    file = b"name,price,Num,Box\nTea,1.50,3,7\nPot,2.25,8,9\nJug,3.10,4,2\n"
    answer = send(browser, file, **MOVING).text
    assert re.findall(r"</button> <small>([^<]*)</small>", answer)[:2] == ["3, 8, 4", "7, 9, 2"]
    assert '<a href="#column-C">Something else</a>' in answer


def test_a_number_that_can_be_read_in_two_ways_is_a_question(browser):
    file = b"Name;Stock\nTea;1,500\nPot;2\n"
    answer = send(browser, file, **MOVING)
    assert re.findall(r'data-answer="([^"]+)">([^<]*)<', answer.text) == [
        ("decimal_sign=point", "1500"), ("decimal_sign=comma", "1.5"),
    ]  # fmt: skip
    assert "data-answer" not in send(browser, file, **MOVING, decimal_sign="comma").text


def test_products_that_will_cost_nothing_are_a_warning_above_the_button(browser):
    answer = send(browser, b"name,quantity\nTea,1\nPot,2\n", **MOVING).text
    assert answer.index("2 new products will cost 0.00.") < answer.index("data-import=")


def test_the_page_offers_that_a_file_has_no_header_and_stock_at_a_place(browser):
    answer = send(browser, b"Tea,1.50,3\nPot,2.25,8\n", **MOVING)
    assert '<option value="none">None: the first row is a product</option>' in answer.text
    assert "header=none" in re.findall(r'data-answer="([^"]+)"', answer.text)
    page = send(browser, b"name,price,Odai\nTea,1.50,3\n", **MOVING).text
    assert '<option value="quantity [Odai]">The stock at Odai</option>' in page


def test_the_stock_at_a_place_stays_chosen_beside_the_next_one(browser):
    file = b"name,price,Odai,Shop 2\nTea,1.50,3,7\nPot,2.25,8,1\n"
    page = send(browser, file, **MOVING, columns="=C:quantity [Odai],=D:quantity [Shop 2]")
    assert list_choices(page) == {
        "name": "name", "price": "price", "Odai": "quantity [Odai]", "Shop 2": "quantity [Shop 2]",
    }  # fmt: skip


def test_errors_of_one_kind_are_one_line(browser):
    rows = "".join(f"N{number},{number},x{number}\n" for number in range(5))
    found = find_result(send(browser, f"sku,quantity,price\n{rows}".encode(), dry_run="true"))
    assert "5 × price : This is not a number: enter it as 1234.50." in found
    assert "5 × Name : No product matches this row." in found
    assert "Choose the column Lines 2, 3, 4, …" in found


def test_errors_name_columns_as_the_page_does(browser, alice):
    alice.language = "de"
    alice.save()
    file = b"Name,Nr,Price,Color\nTea,N1,1,red\nTea,N1,1,blue\n,N2,1,red\n"
    found = find_result(send(browser, file, dry_run="true", columns="Nr:sku,Color:description"))
    errors = found.partition("Was falsch ist")[2]
    assert "Artikelnummer" in errors
    assert not re.search(r"\b(sku|expires_on|quantity)\b", errors)


def test_a_column_that_is_left_out_can_become_an_own_field(browser):
    file = b"name,price,meta_note\nTea,1.50,A good one\n"
    assert list_choices(send(browser, file, **MOVING))["meta_note"] == "-"
    answer = send(browser, file, **MOVING, columns="=C:field:meta_note")
    assert '<option value="field:meta_note" selected>' in answer.text
    assert "Kept as own fields: meta_note." in find_result(answer)


def test_the_errors_can_be_saved_as_a_file(browser):
    answer = send(browser, b'name,price\n=cmd(),x\n"a,b",\xc3\xb6\n', dry_run="true")
    address = re.search(r'href="data:text/csv;charset=utf-8,([^"]*)" download="errors.csv"', answer.text)[1]
    assert unquote(html.unescape(address)).splitlines() == [
        "\ufeffline,column,cell,reason",
        "2,price,x,This is not a number: enter it as 1234.50.",
        "3,price,ö,This is not a number: enter it as 1234.50.",
    ]


def test_the_number_of_wrong_cells_is_that_of_the_list(browser):
    found = find_result(send(browser, b"name,price,supplier\nA,x,Nobody\nB,2,Nobody\n", dry_run="true"))
    assert "1 wrong cell or line. Nothing was imported." in found
    assert "Not in your shop yet Nobody" in found


def test_a_file_without_errors_is_ready_and_then_imported_and_undone(browser, alice):
    ready = send(browser, GOOD, dry_run="true")
    assert (ready.status_code, Product.objects.count()) == (200, 0)
    assert "Ready: 1 product 1 new, 0 to change, 0 unchanged." in find_result(ready)
    assert 'data-import="1"' in ready.text
    done = send(browser, GOOD)
    assert "Imported 1 created, 0 changed, 0 unchanged." in find_result(done)
    assert "suppliers, places, rates of VAT, groups of variants and own fields." in find_result(done)
    operation = Operation.objects.get()
    undo(browser, done)
    assert (Operation.objects.get(reverses=operation).note, Product.objects.get().quantity) == ("Import undone", 0)


def undo(browser, done):
    """Press Undo on the page of the import. Return the page to which it leads."""
    address = re.search(r'<form action="([^"]*/undo/)" method="post">', done.text)[1]
    assert "Put the quantities of the import back" in browser.get_page(address)
    form = {"csrfmiddlewaretoken": browser.client.cookies["csrftoken"].value, "note": "Import undone"}
    return browser.get_page(browser.client.post(address, form).headers["Location"])


@pytest.mark.parametrize("file", [GOOD, b"name,price\nTea,1.50\n"])
def test_the_undo_of_an_import_archives_what_it_has_created(browser, file):
    page = undo(browser, send(browser, file))
    assert "Import undone. Archived: 1 product." in page
    assert not Product.objects.live().exists()


def test_the_reversal_of_an_import_offers_to_archive_what_it_has_created(browser):
    send(browser, GOOD)
    page = browser.get_page(f"/shop/form/stock/operations/{Operation.objects.get().pk}/reverse/")
    assert 'name="archive_created"' in page


def test_the_form_that_reverses_another_operation_offers_no_archiving(browser, alice):
    make_product(alice, "Pan", 5)
    page = browser.get_page(f"/shop/form/stock/operations/{Operation.objects.get().pk}/reverse/")
    assert 'name="note"' in page
    assert 'name="archive_created"' not in page


def test_an_import_that_has_moved_and_created_nothing_has_no_undo(browser, alice):
    make_product(alice, "Tea")
    done = send(browser, b"name,price\nTea,1.50\n")
    assert "Imported" in find_result(done)
    assert "/undo/" not in done.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7", "It is a PDF: open the table it was made from"),
        (b"", "It needs a column that identifies the products"),
        (b"name,price\n" + b"<b>Tea</b>,x\n", "<b>Tea</b>"),
    ],
)
def test_a_refusal_is_shown_as_text(browser, content, message):
    answer = send(browser, content, dry_run="true")
    assert answer.status_code == 400
    assert message in find_result(answer) or html.escape(message) in answer.text
    assert "<b>Tea</b>" not in answer.text


def test_a_form_without_a_file_says_so(browser):
    form = browser.form_values(ADDRESS, "post")
    answer = browser.client.post(ADDRESS, {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]})
    assert answer.status_code == 400
    assert "No file was submitted." in find_result(answer)


def test_a_form_that_is_sent_twice_imports_once_and_shows_the_same_result(browser):
    form = browser.form_values(ADDRESS, "post")
    pages = []
    for _ in range(2):
        file = SimpleUploadedFile("p.csv", b"name,price\nTea,1.50\n")
        pages.append(browser.client.post(ADDRESS, form | {"file": file, "columns": ""}))
    assert [page.status_code for page in pages] == [200, 200]
    assert all("1 created, 0 changed, 0 unchanged." in page.text for page in pages)
    assert Product.objects.count() == 1


SHOPIFY = (
    b"Handle,Title,Vendor,Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,"
    b"Image Src,Brand\n"
    b"mug,Mug,Kilnworks,Pottery,TRUE,Size,S,MUG-S,9.50,-3,https://example.com/s.jpg,Wheel\n"
    b"mug,,,,,,L,MUG-L,12.00,4,https://example.com/l.jpg,\n"
    b"tin,Tin,Kilnworks,Pottery,TRUE,Title,Default Title,TIN,,2,,\n"
)


def list_questions(answer):
    """Return the chosen value by the name of each choice."""
    selects = re.findall(r'<select id="choice-(\w+)".*?</select>', answer.text, re.DOTALL)
    parts = answer.text.split('<select id="choice-')[1:]
    return {name: re.search(r'value="(\w+)" selected', part)[1] for name, part in zip(selects, parts, strict=True)}


def test_the_form_asks_for_what_files_of_other_systems_need(browser):
    assert browser.form_values(ADDRESS, "post")["moving"] == "true"


def test_the_file_of_another_system_is_ready_with_its_choices(browser):
    answer = send(browser, SHOPIFY, **MOVING)
    found = find_result(answer)
    assert "An export of Shopify: 3 products, 2 of them variants, 2 pictures. 3 new" in found
    assert "Also new: 1 supplier (Kilnworks) ; 1 category (Pottery) ; 1 group of variants." in found.replace(";", " ;")
    assert list_questions(answer) == {"no_price": "zero", "below_zero": "zero", "unknown": "keep"}
    assert "1 row has no price" in found
    assert "1 quantity is below zero Read as 0 Leave these rows out" in found
    assert "Kept as own fields: Image Src, Brand. Left out: Published (2 values)" in found
    assert "Import 3 products" in found


def test_the_columns_of_another_system_are_folded_and_not_sent_as_choices(browser):
    page = send(browser, SHOPIFY, **MOVING).text
    assert re.search(r'<details class="import-columns" id="import-columns">', page)
    assert '<em data-name="Handle">Variants</em>' in page
    assert '<em data-name="Option1 Value">Options</em>' in page
    assert page.count("data-assumed") == page.count("data-letter=")
    chosen = send(browser, SHOPIFY, **MOVING, columns="=L:description").text
    assert re.search(r'<select id="column-L" data-letter="L" data-name="Brand" aria-label', chosen)


def test_a_choice_is_made_by_its_field(browser):
    answer = send(browser, SHOPIFY, **MOVING, below_zero="refuse", unknown="ignore")
    assert "1 row stays out" in find_result(answer)
    assert list_questions(answer) == {
        "no_price": "zero", "below_zero": "refuse", "unknown": "ignore", "wrong_rows": "skip",
    }  # fmt: skip
    assert "Kept as own fields" not in find_result(answer)


def test_a_refused_file_offers_to_leave_its_wrong_rows_out(browser):
    answer = send(browser, SHOPIFY, **MOVING, below_zero="refuse", wrong_rows="refuse")
    assert answer.status_code == 400
    assert list_questions(answer)["wrong_rows"] == "refuse"
    assert "1 row is wrong Import the other rows Refuse the file" in find_result(answer)
    assert "1 quantity is below zero Read as 0 Refuse the file" in find_result(answer)


def test_rows_that_were_left_out_can_be_saved_after_the_import_and_later(browser):
    done = send(browser, GOOD + b"Pot,much,1\n", moving="true")
    assert "1 row was left out." in find_result(done)
    address = re.search(r'href="(/api/products/import/refused/\d+/file/)\?[^"]*format=csv" download', done.text)[1]
    file = browser.client.get(address)
    assert b"much" in b"".join(file.streaming_content)
    assert f'href="{address}?_from_page=1' in browser.get_page(address.removesuffix("file/"))


def test_an_import_that_was_refused_as_a_whole_has_no_file(browser):
    send(browser, b"name,price\nTea,much\n")
    address = re.search(r'href="(/api/products/import/refused/\d+/)"', browser.get_page(ADDRESS))[1]
    assert f"{address}file/" not in browser.get_page(address)


def test_what_changes_is_shown_before_the_button(browser, alice):
    make_product(alice, "Tea", 5)
    answer = send(browser, b"name,price,quantity\nTea,1.50,8\nPot,2,1\n", **MOVING)
    found = find_result(answer)
    assert "What changes Price 1, In stock 1 Product Old → new Tea Price: 10.00 → 1.50 In stock: 5 → 8" in found
    assert found.index("What changes") < found.index("Import 2 products")
    assert list_questions(answer) == {"quantities": "set"}
    added = send(browser, b"name,price,quantity\nTea,1.50,8\n", **MOVING, quantities="add")
    assert "In stock: 5 → 13" in find_result(added)
    assert list_questions(added) == {"quantities": "add"}


def test_the_quantities_of_new_products_are_no_question(browser):
    assert list_questions(send(browser, GOOD, **MOVING)) == {}


def test_an_export_of_the_shop_is_named_and_asks_as_before(browser, alice):
    make_product(alice, "Tea", 5)
    export = b"".join(browser.client.get("/api/products/export/").streaming_content)
    answer = send(browser, export, **MOVING)
    assert "A file of this service: 1 product." in find_result(answer)
    assert list_questions(answer) == {}
    missing = send(browser, b"name,price,supplier,stock_sequence\nPot,1,Nobody,\n", **MOVING)
    assert "Not in your shop yet Nobody" in find_result(missing)
