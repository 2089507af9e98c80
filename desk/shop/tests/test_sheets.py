"""The pages of counting sheets: open one, count on it, look at the differences, and book them with two clicks."""

import html
import re

import pytest

from desk.shop.tests.reading import find_field_errors, find_refusals, read_message
from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.goods.services import find_or_create_category
from stock.models import Operation
from testing.cast.people import make_product, make_user
from testing.reading.browser import Browser, begin_session, read_task
from testing.tables import all_cases
from trade.selling.services import book_one
from trade.sheets.models import Entry, Sheet

NEW = "/shop/sheets/new/"
SCRIPT = {"X-Task": "yes"}


@pytest.fixture
def worker(bob):
    return Browser(bob)


@pytest.fixture
def teas(alice, earl, assam):
    return [earl, assam]


@pytest.fixture
def sheet(as_alice, teas):
    """Return a blind sheet of both teas that tolerates one unit."""
    body = {"name": "Teas", "blind": True, "tolerance": {"units": 1}}
    assert as_alice.post("/api/stock/sheets/", body).status_code == 201
    return Sheet.objects.get()


def open_sheet(browser, **fields):
    response = browser.send_task(NEW, **{"name": "Teas", **fields})
    assert response.status_code == 303
    return Sheet.objects.latest("pk")


def address_of(sheet, page="count"):
    return f"/shop/sheets/{sheet.pk}/{page}/"


def enter(browser, sheet, code, quantity=1, **fields):
    """Send an entry as the page's script does."""
    address, cookies = address_of(sheet), browser.client.cookies
    token = (
        cookies["csrftoken"].value if "csrftoken" in cookies else browser.task_values(address)["csrfmiddlewaretoken"]
    )
    key = fields.pop("key", f"key-{Entry.objects.count()}-{code}-{quantity}")
    form = {"csrfmiddlewaretoken": token, "_idempotency_key": key, "code": code, "quantity": quantity, **fields}
    return browser.client.post(address, form, headers=SCRIPT)


def count(browser, sheet, **quantities):
    for sku, quantity in quantities.items():
        assert enter(browser, sheet, f"TEA-{sku}", quantity).status_code == 201


def click(browser, sheet, what, **chosen):
    """Click a button of the differences."""
    address = address_of(sheet, "differences")
    return browser.client.post(address, browser.task_values(address) | {"product": [], **chosen, "what": what})


def confirm(browser, sheet, response):
    return browser.client.post(address_of(sheet, "differences"), read_task(response.text))


def list_entries():
    return list(Entry.objects.order_by("pk").values_list("product__name", "quantity"))


def list_quantities():
    return dict(Product.objects.order_by("name").values_list("name", "quantity"))


def read_figures(response):
    return [html.unescape(text) for text in re.findall(r"<dd>(.*?)</dd>", response.text)]


def test_a_sheet_of_the_whole_shop_is_opened(browser, teas):
    response = browser.send_task(NEW, name="Teas")
    sheet = Sheet.objects.get()
    assert response.headers["Location"] == f"/api/stock/sheets/{sheet.pk}/"
    assert read_message(browser, response) == "Opened Teas: 2 products to count."
    assert (sheet.blind, sheet.selection, sheet.tolerance) == (True, {}, None)


def test_a_sheet_selects_by_category_and_tolerates_differences(browser, alice, teas):
    category = find_or_create_category(owner_id=alice.pk, name="Black")
    Product.objects.filter(name="Assam").update(category=category)
    sheet = open_sheet(browser, category="Black", blind="no", units="2", percent="1.5")
    assert (sheet.blind, sheet.selection) == (False, {"category": category.pk})
    assert sheet.tolerance == {"units": 2, "percent": "1.50"}
    assert list(sheet.lines.values_list("product__name", flat=True)) == ["Assam"]


@all_cases("field", ["category", "supplier", "location"])
def test_a_shop_without_such_rows_has_no_field_for_them(browser, teas, field):
    assert field not in browser.task_values(NEW)


def test_a_sheet_selects_by_supplier_and_place(browser, alice, mill, cellar, teas):
    assert browser.task_values(NEW)["supplier"] == [""]
    refused = browser.send_task(NEW, name="Mill", supplier=mill.name, location=cellar.name)
    assert find_refusals(refused) == ["No product matches. Select others."]


def test_a_sheet_selects_what_was_not_counted_for_some_days(browser, alice, teas):
    sheet = open_sheet(browser, days="30")
    assert sheet.selection["not_counted_since"] < sheet.created_at.isoformat()
    sheet = open_sheet(browser, days="365", not_counted_since="2026-01-31")
    assert sheet.selection["not_counted_since"].startswith("2026-01-3")


def test_what_the_api_refuses_is_shown_at_its_field(browser, mill, teas):
    refused = browser.send_task(NEW, name="", units="x", percent="101", not_counted_since="soon")
    assert refused.status_code == 400
    for field in ("name", "units", "percent", "not_counted_since"):
        assert find_field_errors(refused, field), field
    refused = browser.send_task(NEW, name="Teas", supplier="nobody")
    assert find_field_errors(refused, "supplier") == ['"nobody" is not in the name of any supplier.']


@pytest.mark.quick
def test_workers_open_and_decide_no_sheets(worker, sheet):
    for address in (NEW, address_of(sheet, "differences")):
        assert worker.client.get(address).status_code == 403
        assert worker.client.post(address, {"what": "all"}).status_code == 403


@pytest.mark.quick
def test_the_page_of_counts_offers_the_open_sheets(browser, worker, sheet):
    links = {name: f'href="{address_of(sheet, name)}"' for name in ("count", "differences")}
    for user, seen in ((browser, ["count", "differences"]), (worker, ["count"])):
        page = user.get_page("/shop/count/")
        assert [name for name in links if links[name] in page] == seen
        assert ('href="/shop/sheets/new/"' in page) == (user is browser)
        assert "0 of 2 counted" in page
        assert '<form class="choose-lines"' in page


@pytest.mark.quick
def test_the_lines_of_a_sheet_are_links_to_products_for_who_may_open_them(browser, sheet, alice, earl):
    counter = Browser(make_user("carla", role="counter", employer=alice))
    pages = [user.get_page(f"/api/stock/sheets/{sheet.pk}/lines/") for user in (browser, counter)]
    assert [f'href="/api/products/{earl.pk}/"' in page for page in pages] == [True, False]
    assert [earl.name in page for page in pages] == [True, True]


@all_cases(("role", "seen"), [("counter", ["count"]), ("viewer", ["differences"])])
def test_who_does_not_count_alone_sees_only_sheets(sheet, alice, role, seen):
    browser = Browser(make_user("carla", role=role, employer=alice))
    pot = make_product(alice, "Pot", 7391, category="Pots")
    for query in ("", f"?product={pot.pk}", f"?category={pot.category_id}"):
        page = browser.get_page(f"/shop/count/{query}")
        assert [name for name in ("count", "differences") if f'href="{address_of(sheet, name)}"' in page] == seen
        assert not re.search('7391|7,391|class="task|choose-lines', page)
    form = {"product": "earl", "counted": "1"}
    assert browser.client.post("/shop/count/", form).status_code == 403


@pytest.mark.quick
@all_cases("page", ["count", "differences"])
def test_the_sheet_of_another_shop_is_a_404(sheet, page, charlie):
    stranger = Browser(charlie)
    assert stranger.client.get(address_of(sheet, page)).status_code == 404
    values = stranger.task_values("/shop/sell/")
    assert stranger.client.post(address_of(sheet, page), values | {"what": "all", "code": "x"}).status_code == 404


def test_a_scan_is_an_entry_of_one_and_a_number_replaces_it(worker, sheet, earl):
    scanned = enter(worker, sheet, earl.barcode)
    assert scanned.status_code == 201
    entry = scanned.json()
    assert entry == {
        "id": entry["id"], "product": earl.pk, "product_name": "Earl Grey", "quantity": 1, "amount": None,
        "left": 1,
    }  # fmt: skip
    assert enter(worker, sheet, "", 12, product=earl.pk, replaces=entry["id"]).status_code == 201
    assert list_entries() == [("Earl Grey", 1), ("Earl Grey", 12)]
    assert Entry.objects.latest("pk").replaces_id == entry["id"]


def test_an_entry_that_is_sent_again_counts_once(worker, sheet):
    answers = [enter(worker, sheet, "TEA-EARL", 3, key="once") for _time in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert list_entries() == [("Earl Grey", 3)]


def test_a_product_that_is_found_by_its_name_counts_once_as_well(worker, sheet):
    answers = [enter(worker, sheet, "earl", 3, key="once") for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert list_entries() == [("Earl Grey", 3)]


def test_a_name_of_several_products_offers_them(worker, sheet, alice):
    make_product(alice, "Earl Grey, loose", sku="TEA-LOOSE")
    refused = enter(worker, sheet, "earl g")
    assert refused.status_code == 400
    assert refused.json()["errors"] == ["Several products fit. Choose one."]
    assert refused.json()["candidates"] == ["Earl Grey (TEA-EARL)", "Earl Grey, loose (TEA-LOOSE)"]
    assert enter(worker, sheet, refused.json()["candidates"][0]).status_code == 201


@pytest.mark.quick
def test_an_unknown_code_says_so(worker, sheet):
    refused = enter(worker, sheet, "4999999999999")
    assert (refused.status_code, refused.json()["errors"]) == (
        400, ['"4999999999999" is not in the name, SKU or barcode of any product.'],
    )  # fmt: skip


def test_a_product_that_is_not_on_the_sheet_is_offered_as_an_extra(worker, sheet, alice):
    make_product(alice, "Mint", 2, sku="TEA-MINT")
    refused = enter(worker, sheet, "TEA-MINT")
    assert (refused.status_code, refused.json()["extra"]) == (400, "Mint")
    assert enter(worker, sheet, "TEA-MINT", extra="yes").status_code == 201


def test_a_number_that_is_a_code_as_well_is_asked_for(worker, sheet, alice):
    make_product(alice, "Pot", sku="1001")
    entry = enter(worker, sheet, "TEA-EARL").json()
    typed = {"product": entry["product"], "replaces": entry["id"], "typed": "yes"}
    refused = enter(worker, sheet, "", 1001, **typed)
    assert (refused.status_code, refused.json()["is_code"]) == (400, True)
    assert refused.json()["errors"] == ["1001 is also a code of Pot."]
    assert enter(worker, sheet, "", 1002, **typed).status_code == 201


@all_cases("quantity", ["2.5", "-1", "", "9" * 20])
def test_a_quantity_that_is_no_whole_number_is_refused(worker, sheet, quantity):
    refused = enter(worker, sheet, "TEA-EARL", quantity)
    assert refused.status_code == 400
    assert refused.json()["errors"]
    assert list_entries() == []


def test_counting_works_without_scripts(worker, sheet):
    address = address_of(sheet)
    response = worker.send_task(address, code="TEA-EARL", quantity="4")
    assert read_message(worker, response) == "Counted 4 of Earl Grey."
    refused = worker.send_task(address, code="darjeeling", quantity="4")
    assert refused.status_code == 400
    assert "is not in the name, SKU or barcode" in html.unescape(refused.text)


def test_the_page_lists_the_last_own_entries_that_can_be_replaced(browser, worker, sheet):
    first = enter(worker, sheet, "TEA-EARL", 5).json()
    count(worker, sheet, ASSAM=6)
    count(browser, sheet, ASSAM=711)
    enter(worker, sheet, "", 7, product=first["product"], replaces=first["id"])
    page = worker.get_page(address_of(sheet))
    shown = page.partition('class="entries"')[2]
    assert re.findall(r'name="quantity" value="(\d+)"', shown)[:2] == ["7", "6"]
    assert 'value="711"' not in page


def test_the_page_names_what_is_left_to_count(worker, sheet):
    count(worker, sheet, EARL=5)
    page = worker.get_page(address_of(sheet)).partition("left-to-count")[2]
    assert "Assam" in page
    assert "Earl Grey" not in page
    assert "<span data-left>1</span>" in page


def test_a_blind_page_has_nothing_that_is_expected(worker, browser, alice):
    """The planted quantities and prices are on no page of a worker."""
    make_product(alice, "Sencha", 7919, sku="TEA-SENCHA", cost_price="104.729", price="130.43")
    sheet = open_sheet(browser)
    count(browser, sheet, SENCHA=7907)
    entered = enter(worker, sheet, "TEA-SENCHA", 2)
    pages = [worker.get_page(address_of(sheet)), entered.text, worker.get_page(f"/api/stock/sheets/{sheet.pk}/")]
    for text in pages:
        assert not re.search("7919|7907|7909|104.729|130.43", text)


def test_a_page_of_an_earlier_session_gets_the_new_token(worker, sheet, bob):
    address = address_of(sheet)
    old = worker.task_values(address)
    worker.client.logout()
    begin_session(worker.client, bob)
    refused = worker.client.post(address, old | {"code": "TEA-EARL"}, headers=SCRIPT)
    assert (refused.status_code, refused.json()["user"]) == (403, bob.pk)
    form = old | {"code": "TEA-EARL", "csrfmiddlewaretoken": refused.json()["token"]}
    assert worker.client.post(address, form, headers=SCRIPT).status_code == 201


def test_a_page_without_a_session_is_told_to_sign_in(worker, sheet):
    form = worker.task_values(address_of(sheet))
    worker.client.logout()
    assert worker.client.post(address_of(sheet), form, headers=SCRIPT).status_code == 401


def test_two_clicks_book_all_within_the_tolerance(browser, worker, sheet):
    count(worker, sheet, EARL=8, ASSAM=2)
    review = click(browser, sheet, "within")
    assert "1 product is saved as counted." in review.text
    assert read_figures(review)[:2] == ["1", "1"]
    assert not Operation.objects.filter(reason="count").exists()
    booked = confirm(browser, sheet, review)
    assert read_message(browser, booked) == "Saved 1 product."
    assert list_quantities() == {"Assam": 9, "Earl Grey": 8}


@pytest.mark.quick
def test_all_that_is_counted_is_booked_and_closes_the_sheet(browser, worker, sheet):
    count(worker, sheet, EARL=8, ASSAM=2)
    booked = confirm(browser, sheet, click(browser, sheet, "all"))
    assert booked.headers["Location"] == f"/api/stock/sheets/{sheet.pk}/"
    assert list_quantities() == {"Assam": 2, "Earl Grey": 8}
    sheet.refresh_from_db()
    assert sheet.state == "booked"
    assert "closed" in worker.get_page(address_of(sheet))


def test_chosen_products_are_booked(browser, worker, sheet, assam):
    count(worker, sheet, EARL=8, ASSAM=2)
    confirm(browser, sheet, click(browser, sheet, "chosen", product=[assam.pk]))
    assert list_quantities() == {"Assam": 2, "Earl Grey": 9}


@all_cases("what", ["chosen", "recount"])
def test_nothing_chosen_asks_to_choose(browser, worker, sheet, what):
    count(worker, sheet, EARL=8)
    assert find_refusals(click(browser, sheet, what)) == ["Choose products first."]


@pytest.mark.quick
def test_an_entry_after_the_first_click_is_told_and_not_booked_unseen(browser, worker, sheet):
    count(worker, sheet, EARL=8)
    review = click(browser, sheet, "within")
    count(worker, sheet, ASSAM=9)
    refused = confirm(browser, sheet, review)
    assert refused.status_code == 409
    assert find_refusals(refused) == ["There are 2 counts now, not 1. Look at the differences again."]
    assert list_quantities() == {"Assam": 9, "Earl Grey": 9}
    assert confirm(browser, sheet, click(browser, sheet, "within")).status_code == 303


@all_cases("difference", ["9" * 5000, "-" * 5000, "", "x"])
def test_a_difference_that_nobody_can_have_seen_is_told_as_changed(browser, worker, sheet, assam, difference):
    count(worker, sheet, ASSAM=8)
    page = browser.task_values(address_of(sheet, "differences"))
    seen = f"{'9' * 60_000} {assam.pk}:{difference}"
    refused = browser.client.post(address_of(sheet, "differences"), page | {"what": "within", "seen": seen})
    assert refused.status_code == 409


def sell_late(sheet, product):
    """Book a sale that was made before everything on the sheet was counted, as a till without a network does."""
    moment = sheet.entries.earliest("counted_at").counted_at
    draft = OperationDraft(by=product.owner, reason="sale", occurred_at=moment)
    book_one(draft=draft, line=BookingLine(by_id(product.pk), "OUT", 1))


def test_a_difference_that_changes_before_the_first_click_is_told(browser, worker, sheet, assam):
    count(worker, sheet, ASSAM=8, EARL=8)
    page = browser.task_values(address_of(sheet, "differences"))
    sell_late(sheet, assam)
    refused = browser.client.post(address_of(sheet, "differences"), page | {"what": "within"})
    assert refused.status_code == 409
    assert find_refusals(refused) == ["These differences have changed since you saw them: Assam."]
    assert click(browser, sheet, "within").status_code == 200


def test_a_difference_that_changes_before_the_second_click_is_not_booked(browser, worker, sheet, assam):
    count(worker, sheet, ASSAM=8, EARL=8)
    review = click(browser, sheet, "within")
    sell_late(sheet, assam)
    said = read_message(browser, confirm(browser, sheet, review))
    assert said == "Saved 1 product. 1 not saved. Assam: The difference is 0 now, not -1. Look at it again."
    assert list_quantities() == {"Assam": 8, "Earl Grey": 8}


def test_a_recount_asks_for_chosen_products_again(browser, worker, sheet, assam):
    count(worker, sheet, ASSAM=2)
    response = click(browser, sheet, "recount", product=[assam.pk])
    assert read_message(browser, response) == "1 product is to be counted again."
    assert "Assam" in worker.get_page(address_of(sheet)).partition("left-to-count")[2]


def test_what_nobody_counted_is_set_to_zero_behind_its_own_confirmation(browser, worker, sheet):
    count(worker, sheet, EARL=8)
    review = click(browser, sheet, "zero")
    assert find_refusals(review) == ["1 product that nobody has counted is set to 0."]
    confirm(browser, sheet, review)
    assert list_quantities() == {"Assam": 0, "Earl Grey": 9}


def test_a_product_that_cannot_be_booked_is_named(browser, worker, sheet, assam):
    count(worker, sheet, ASSAM=8, EARL=8)
    review = click(browser, sheet, "all")
    read_message(browser, browser.send_task("/shop/sell/", {"product": assam.sku, "quantity": 9}))
    response = confirm(browser, sheet, review)
    assert read_message(browser, response).startswith("Saved 1 product. 1 not saved. Assam: ")


@pytest.mark.django_db(transaction=True)
def test_a_sheet_is_counted_and_booked_without_a_surrounding_transaction(browser, worker, sheet):
    count(worker, sheet, EARL=8)
    assert enter(worker, sheet, "nothing").status_code == 400
    assert confirm(browser, sheet, click(browser, sheet, "all")).status_code == 303
    assert list_quantities() == {"Assam": 9, "Earl Grey": 8}
