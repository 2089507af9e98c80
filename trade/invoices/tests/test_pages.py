"""The pages of invoices: the form that issues one, the list, the paper, and what other pages show of them."""

from datetime import timedelta

import pytest

from core.ownership import save_fields
from core.time_zones import today
from testing.cast.people import make_user
from testing.laws.offered import list_errors
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.invoices.errors import Invoiced
from trade.invoices.models import Invoice
from trade.invoices.tests.issuing import CUSTOMER, INVOICES, OPERATIONS, SALES, SHOP, Books
from users.access.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(alice):
    return Books(alice)


@pytest.fixture
def tea(books):
    return books.make_product("Tea", "12.00")


@pytest.fixture
def owner(alice, books):
    return Browser(alice)


def find_page(sale):
    return f"/shop/sales/{sale['id']}/invoice/"


def send(browser, sale, **typed):
    """Send the form with what it has and what is typed, and return the answer."""
    page = find_page(sale)
    return browser.client.post(page, browser.task_values(page) | typed)


@pytest.mark.quick
def test_the_form_shows_what_the_invoice_will_say_and_then_issues_it(books, owner, tea):
    sale = books.sell((tea, 2))
    assert f'href="{find_page(sale)}"' in owner.get_page(f"{SALES}{sale['id']}/")
    page = owner.get_page(find_page(sale))
    for text in ("Fern Ltd", "10115 Berlin", "20.00 EUR", "24.00 EUR", "Issue the invoice"):
        assert text in page, text
    assert not Invoice.objects.exists()
    answer = send(owner, sale, purchase_reference="PO 7", note="Thank you")
    [invoice] = books.find()["results"]
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{INVOICES}{invoice['id']}/")
    paper = owner.get_page(f"{INVOICES}{invoice['id']}/")
    for text in (
        "Invoice 2",
        "PO 7",
        "Thank you",
        "Tea &amp; Kettles",
        "Fern Ltd",
        f"Issued invoice {invoice['number']}",
    ):
        assert text in paper, text


def test_a_german_shop_with_payments_issues_its_first_invoice(books, owner, tea, alice):
    save_fields(alice, {"country": "", "uses_payments": "off"})
    books.call("patch", "/api/account/", {"uses": {"payments": "on"}, "acknowledged": True}, 200)
    sale = books.sell((tea, 1))
    typed = {"shop.country": "DE"}
    assert send(owner, sale, **typed, _seen="1").status_code == 303
    assert books.call("get", "/api/account/", status=200)["country"] == "DE"


@pytest.mark.quick
def test_what_is_missing_is_asked_and_kept_at_the_shop_and_the_customer(books, owner, tea, alice):
    save_fields(alice, {"street": "", "vat_id": ""})
    books.call("patch", f"/api/customers/{books.customer}/", {"city": ""}, 200)
    sale = books.sell((tea, 1))
    asked = owner.task_values(find_page(sale))
    assert {"shop.street", "shop.vat_id", "shop.tax_number", "buyer.city"} <= asked.keys()
    assert not {"shop.city", "buyer.street", "customer", "_seen"} & asked.keys()
    typed = {"shop.street": "Mill Lane 3", "shop.tax_number": "12 345", "buyer.city": "Berlin"}
    shown = send(owner, sale, **typed)
    assert shown.status_code == 200
    assert 'name="_seen"' in shown.text
    assert "Tax number: 12 345" in shown.text
    assert books.call("get", "/api/account/", status=200)["street"] == ""
    assert send(owner, sale, _seen="1", **typed).status_code == 303
    kept = books.call("get", "/api/account/", status=200)
    assert (kept["street"], kept["tax_number"]) == ("Mill Lane 3", "12 345")
    assert books.call("get", f"/api/customers/{books.customer}/", status=200)["city"] == "Berlin"


# What is typed, what the answer says, and how many customers there are then.
BUYERS = [
    ({}, 400, "Choose a customer, or write the name of a new one.", 1),
    ({"customer": "{customer}"}, 303, "", 1),
    ({"customer": "{customer}", "buyer.name": "Bo"}, 400, "not both", 1),
    ({"buyer.name": "Bo Reed"}, 400, "This is missing.", 1),
    (
        {"buyer.name": "Bo Reed", "buyer.street": "Pond 1", "buyer.postcode": "1010", "buyer.city": "Vienna",
         "buyer.country": "AT"}, 303, "", 2,
    ),
]  # fmt: skip


@pytest.mark.quick
@all_cases(("typed", "status", "said", "customers"), BUYERS)
def test_a_sale_without_a_customer_gets_one(books, owner, tea, typed, status, said, customers):
    sale = books.sell((tea, 1), customer=None)
    typed = {name: text.format(customer=books.customer) for name, text in typed.items()}
    answer = send(owner, sale, _seen="1", **typed)
    assert answer.status_code == status
    assert said in (answer.text if status == 400 else "")
    assert books.call("get", "/api/customers/", status=200)["count"] == customers


def test_a_wrong_text_is_refused_at_its_field_and_nothing_is_kept(books, owner, tea, alice):
    save_fields(alice, {"street": "", "vat_id": "", "tax_number": ""})
    sale = books.sell((tea, 1))
    answer = send(owner, sale, **{"shop.street": "Mill Lane 3", "shop.vat_id": "12"})
    assert answer.status_code == 400
    assert "begins with the two letters of the country" in answer.text
    assert books.call("get", "/api/account/", status=200)["street"] == ""


@pytest.mark.quick
def test_a_worker_reads_who_can_add_what_the_shop_lacks(books, alice, bob, tea):
    sale = books.sell((tea, 1))
    save_fields(alice, {"street": ""})
    page = Browser(bob).get_page(find_page(sale))
    assert "The settings of the shop lack: Street. alice can add them." in page
    assert '<form class="task' not in page
    save_fields(alice, {"street": SHOP["street"]})
    assert send(Browser(bob), sale).status_code == 303


def test_goods_without_a_rate_need_a_reason_which_is_asked(books, owner, alice):
    save_fields(alice, {"exempt_reason": ""})
    sale = books.sell((books.make_product("Gift card", "5.00", None), 1))
    assert "No rate of VAT: Gift card." in owner.get_page(find_page(sale))
    typed = {"shop.exempt_reason": "Small business"}
    assert "Small business" in send(owner, sale, **typed).text
    assert send(owner, sale, _seen="1", **typed).status_code == 303


def test_goods_sold_at_0_before_the_choice_are_told_with_what_to_do(books, owner):
    books.taxes["0"] = books.call("post", "/api/taxes/", {"name": "None", "rate": "0"})["id"]
    sale = books.sell((books.make_product("Stamp", "5.00", "0"), 1))
    page = owner.get_page(find_page(sale))
    assert "Sold with 0 % before anybody chose what this means: Stamp." in page


@pytest.mark.quick
def test_an_invoiced_sale_leads_to_its_invoice_and_offers_no_undo(books, owner, tea):
    sale = books.sell((tea, 2))
    undo, page = f"/shop/form/stock/operations/{sale['id']}/reverse/", f"{SALES}{sale['id']}/"
    assert undo in owner.get_page(f"{OPERATIONS}{sale['id']}/")
    invoice = books.issue(sale)
    assert owner.client.get(find_page(sale)).headers["Location"] == f"{INVOICES}{invoice['id']}/"
    assert undo not in owner.get_page(f"{OPERATIONS}{sale['id']}/")
    shown = owner.get_page(page)
    assert f'href="{INVOICES}{invoice["id"]}/"' in shown
    assert find_page(sale) not in shown
    assert f"invoice {invoice['number']}: what comes back gets a credit note" in owner.get_page(
        f"/shop/sales/{sale['id']}/return/"
    )


def test_a_refusal_says_its_text_and_not_the_names_of_its_values(books, owner, tea):
    sale = books.sell((tea, 1))
    undo = f"/shop/form/stock/operations/{sale['id']}/reverse/"
    values = owner.task_values(undo)
    books.issue(sale)
    refused = owner.client.post(undo, values)
    assert (refused.status_code, list_errors(refused.text)) == (409, [Invoiced.detail])


def test_a_sale_that_came_back_says_that_nothing_is_left(books, owner, tea):
    sale = books.sell((tea, 1))
    books.take_back(sale)
    assert find_page(sale) not in owner.get_page(f"{SALES}{sale['id']}/")
    page = owner.get_page(find_page(sale))
    assert "Nothing of this sale is left" in page
    assert '<form class="task' not in page


def test_a_form_that_is_sent_twice_issues_once(books, owner, tea):
    sale = books.sell((tea, 1), customer=None)
    values = owner.task_values(find_page(sale)) | {
        "_seen": "1", **{f"buyer.{name}": CUSTOMER[name] for name in ("name", "street", "postcode", "city", "country")}
    }  # fmt: skip
    first, second = (owner.client.post(find_page(sale), values) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert (Invoice.objects.count(), books.call("get", "/api/customers/", status=200)["count"]) == (1, 2)


@pytest.mark.quick
def test_the_paper_shows_what_has_become_of_it(books, owner, tea):
    sale = books.sell((tea, 3), payments=[{"kind": "card", "amount": "10.00"}])
    invoice = books.issue(sale)
    books.take_back(sale, (tea, 1))
    [note] = books.list_credits()
    page = owner.get_page(f"{INVOICES}{invoice['id']}/")
    for text in (note["number"], "Credited", "14.00", f'href="/shop/sales/{sale["id"]}/pay/"', "card"):
        assert text in page, text
    credit = owner.get_page(f"{INVOICES}{note['id']}/")
    assert f"Credit note {note['number']}" in credit
    assert f'href="{INVOICES}{invoice["id"]}/"' in credit


@pytest.mark.quick
def test_what_is_overdue_is_marked_and_to_do(books, owner, tea, alice, monkeypatch):
    day = str(type(alice).find(alice.pk).shop_today())
    books.issue(books.sell((tea, 1), payments=[{"kind": "card", "amount": "2.00"}]), due_on=day)
    books.issue(books.sell((tea, 1)), due_on=day)
    assert "overdue" not in owner.get_page("/api/")
    monkeypatch.setattr("users.models.users.today", lambda zone: today(zone) + timedelta(days=1))
    assert '<a href="/api/invoices/?overdue=true">2 invoices overdue: 22.00 EUR</a>' in owner.get_page("/api/")
    assert owner.get_page(INVOICES).count('<b class="chip out">overdue</b>') == 2


def test_roles_see_the_list_and_only_who_works_the_buttons(books, alice, tea):
    sale = books.sell((tea, 1))
    viewer = Browser(make_user("vera", role=Role.VIEWER, employer=alice))
    assert find_page(sale) not in viewer.get_page(f"{SALES}{sale['id']}/")
    assert viewer.client.get(find_page(sale)).status_code == 403
    invoice = books.issue(sale)
    assert invoice["number"] in viewer.get_page(INVOICES)
    assert "/pay/" not in viewer.get_page(f"{INVOICES}{invoice['id']}/")


def test_the_switch_hides_the_menu_and_the_button(books, owner, tea):
    sale = books.sell((tea, 1))
    assert f'href="{INVOICES}"' not in owner.get_page("/api/customers/")
    assert find_page(sale) in owner.get_page(f"{SALES}{sale['id']}/")
    books.call("patch", "/api/account/", {"uses": {"invoices": "off"}}, 200)
    assert find_page(sale) not in owner.get_page(f"{SALES}{sale['id']}/")
    books.call("patch", "/api/account/", {"uses": {"invoices": "on"}}, 200)
    assert find_page(sale) in owner.get_page(f"{SALES}{sale['id']}/")
    assert f'href="{INVOICES}"' in owner.get_page("/api/customers/")


def test_what_is_no_sale_of_the_shop_has_no_form(books, owner, tea, charlie):
    assert Browser(charlie).client.get(find_page(books.sell((tea, 1)))).status_code == 404
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
    damage = books.call("post", OPERATIONS, {"reason": "damage", "lines": [line]})
    assert owner.client.get(find_page(damage)).status_code == 404


def test_a_sale_of_which_one_line_came_back_offers_its_invoice(books, owner, tea):
    cup = books.make_product("Cup", "3.00", sku="CUP-1")
    sale = books.sell((tea, 1), (cup, 1))
    books.take_back(sale, (tea, 1))
    assert find_page(sale) in owner.get_page(f"{SALES}{sale['id']}/")
    assert "CUP-1" in owner.get_page(f"{INVOICES}{books.issue(sale)['id']}/")


def test_settings_and_customers_have_what_invoices_need_in_a_section(books, owner):
    for address, form, text in (
        ("/api/account/", "/shop/form/account/", "Mill Lane 3"),
        (f"/api/customers/{books.customer}/", f"/shop/form/customers/{books.customer}/", "Fern Ltd"),
    ):
        assert text in owner.get_page(address).partition("<h2>Invoices</h2>")[2]
        assert text in owner.get_page(form).partition("<summary>Invoices</summary>")[2]
