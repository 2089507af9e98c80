"""The pages that merge a customer or a supplier."""

import pytest

from suppliers.models import Supplier
from testing.cast.orders import make_supplier, write_order
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.customers.models import Customer
from users.models import User

pytestmark = pytest.mark.django_db


@all_cases("model", [Customer, Supplier])
def test_the_page_of_a_row_leads_to_the_form_and_the_form_to_the_other_row(browser, alice, model):
    row, into = (model.objects.create(owner=alice, name=name) for name in ("Ada Fern", "A. Fern"))
    page, form = f"/api/{row.kind}s/{{}}/", f"/shop/form/{row.kind}s/{row.pk}/merge/"
    assert form in browser.get_page(page.format(row.pk))
    answer = browser.send_task(form, into="A. Fern")
    assert answer.headers["Location"] == page.format(into.pk), answer.text
    assert "<p>Merged into A. Fern.</p>" in browser.get_page(page.format(into.pk))
    shown = browser.get_page(page.format(row.pk))
    assert f'<a href="{page.format(into.pk)}">A. Fern</a>' in shown
    assert [name for name in ("Merge with …", "Edit", "Archive", "Price list") if f">{name}</a>" in shown] == []


def test_the_page_of_an_order_from_a_merged_supplier_orders_from_the_one_that_stays(browser, alice):
    mill, old = (Supplier.objects.create(owner=alice, name=name) for name in ("Mill", "The Mill"))
    make_product(alice, "Flour", supplier=old)
    browser.send_task(f"/shop/form/suppliers/{old.pk}/merge/", into="Mill")
    page = browser.get_page(f"/shop/order/?supplier={old.pk}")
    assert ("Order from Mill" in page, "Flour" in page, mill.products.count()) == (True, True, 1)


def test_the_form_says_what_moves_and_that_nobody_can_undo_it(browser, as_alice, alice):
    mill = make_supplier(alice)
    write_order(as_alice, mill, make_product(alice, "Flour", supplier=mill))
    page = browser.get_page(f"/shop/form/suppliers/{mill.pk}/merge/")
    for said in ("Nobody can undo this.", "Purchase orders: 1", "Offers: 1", "Price lists: 0", "its own offer stays"):
        assert said in page


def test_the_form_is_in_the_language_of_the_user(browser, alice):
    User.objects.filter(pk=alice.pk).update(language="de")
    page = browser.get_page(f"/shop/form/suppliers/{make_supplier(alice).pk}/merge/")
    for said in ("Bestellungen: 0", "Angebote: 0", "Preislisten: 0", "Gespeicherte Ansichten: 0", "Produkte: 0"):
        assert said in page


def test_the_form_shows_why_a_merge_was_refused(browser, alice):
    mill = make_supplier(alice)
    answer = browser.send_task(f"/shop/form/suppliers/{mill.pk}/merge/", into=str(mill.pk))
    assert answer.status_code == 400
    assert "This is the same one." in answer.text
