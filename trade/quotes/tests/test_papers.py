"""The paper of a quote, the mail with a link to it, and the pages."""

import re
from io import BytesIO

import pytest
from django.core import mail
from django.test import Client
from pypdf import PdfReader

from products.models import Product
from products.taxes.services import create_tax
from testing.cast.people import make_user
from testing.cast.reservations import ADDRESS
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.quotes.models import QuoteLine
from trade.quotes.tests.quoting import QUOTES, kits, line, post, quote, read
from users.access.roles import Role
from users.models import User

pytestmark = pytest.mark.usefixtures("mails_at_once")


@pytest.fixture(autouse=True)
def mail_on(settings):
    settings.MAIL_ON, settings.PUBLIC_URL = True, "https://stock.example.org"


def read_text(content):
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


@pytest.fixture
def made(as_alice, alice, tea, basket, ada):
    User.objects.filter(pk=alice.pk).update(shop_name="Alice's teas", prices_include_tax=False, has_taxes=True)
    alice.refresh_from_db()
    Product.objects.filter(pk=tea.pk).update(tax=create_tax(owner_id=alice.pk, name="20", rate="20"))
    as_alice.patch(f"/api/customers/{ada}/", {"email": "ada@example.org"})
    texts = {"reference": "wedding", "note": "Thank you"}
    return quote(as_alice, line(tea, 2), kits(basket), customer=ada, discount={"percent": "10"}, **texts)


def test_the_pdf_has_prices_the_discount_and_vat(as_alice, made):
    answer = as_alice.get(f"{QUOTES}{made['id']}/file/?format=pdf")
    text = read_text(answer.content)
    for part in (
        "Alice's teas",
        "Quote 1",
        "Valid until",
        "wedding",
        "Thank you",
        "VAT\n4.86\nTotal",
        "Ada Fern",
        "18.00",
        "Basket",
        "3.24",
        made["total"],
    ):
        assert part in text, part
    assert (made["total"], [one["rate"] for one in made["taxes"]]) == ("34.02", ["20.00", None])


@pytest.mark.quick
def test_a_mail_has_a_link_and_no_text_of_the_shop(as_alice, made):
    assert post(as_alice, made, "mail").status_code == 202
    [sent] = mail.outbox
    path = re.search(r"https://stock\.example\.org(/accounts/quotes/\S+)", sent.body)[1]
    assert (sent.to, sent.extra_headers["Reply-To"]) == (["ada@example.org"], "alice@example.org")
    assert "Alice's" not in sent.subject + sent.body.replace(path, "")
    assert "Quote 1" in read_text(Client().get(path).content)
    assert Client().get(path[:-2] + "x/").json()["code"] == "link_ended"


@all_cases(
    ("customer", "body", "status"),
    [(None, {}, 400), (None, {"to": "bo@example.org"}, 202), ("ada", {"to": "bo@example.org"}, 202), ("ada", {}, 202)],
)
def test_a_mail_goes_to_the_customer_or_whom_the_request_names(as_alice, made, customer, body, status):
    mail.outbox.clear()
    if customer is None:
        as_alice.patch(f"{QUOTES}{made['id']}/", {"customer": None}, format="json")
    assert post(as_alice, made, "mail", **body).status_code == status
    assert [one.to for one in mail.outbox] == ([[body.get("to", "ada@example.org")]] if status == 202 else [])


def test_a_paper_that_the_font_can_not_write_is_not_mailed(as_alice, made):
    as_alice.patch(f"{QUOTES}{made['id']}/", {"note": "\u4e2d"}, format="json")
    assert post(as_alice, made, "mail").json()["code"] == "letters_missing"
    assert mail.outbox == []


def test_pages_write_change_and_accept_a_quote(alice, as_alice, tea, cup):
    browser = Browser(alice)
    assert 'href="/api/quotes/"' not in browser.get_page("/api/customers/")
    sent = browser.send_task("/shop/quote/", {"product": tea.name, "quantity": "2"}, discount="10 %", reference="x")
    made = read(as_alice, {"id": sent.headers["Location"].split("/")[-2]})
    assert (made["total"], made["lines"][0]["price_from"]) == ("18.00", "list")
    page = browser.get_page(f"{QUOTES}{made['id']}/")
    for text in ("Quote 1", "10 %", "18.00", "Tea", "Make an order", "Decline", "Copy", "Mail", "PDF"):
        assert text in page, text
    assert 'href="/api/quotes/"' in browser.get_page("/api/customers/")
    typed = {"product": tea.name, "quantity": "3", "unit_price": "9.50"}
    changed = browser.send_task(f"/shop/quotes/{made['id']}/", typed, valid_until="2030-01-01")
    assert changed.status_code == 303
    assert (read(as_alice, made)["total"], read(as_alice, made)["valid_until"]) == ("25.65", "2030-01-01")
    assert browser.post(f"{QUOTES}{made['id']}/copy/").headers["Location"] == f"{QUOTES}{made['id'] + 1}/"
    accepted = browser.post(f"{QUOTES}{made['id']}/accept/", wanted_on="2030-02-01")
    order = as_alice.get(ADDRESS).json()["results"][0]
    assert (accepted.headers["Location"], order["wanted_on"]) == (f"{ADDRESS}{order['id']}/", "2030-02-01")
    assert "Make an order" not in browser.get_page(f"{QUOTES}{made['id']}/")
    assert "25.65" in browser.get_page(f"{QUOTES}?state=accepted")


@all_cases(
    ("prices", "kept"),
    [(["5.00", "7.00"], ["Tea", "Tea", "Cup"]), (["7.00"], ["Tea", "Cup"]), (["", ""], ["Tea", "Tea", "Cup"])],
)
def test_the_page_keeps_the_parts_of_each_kit(as_alice, alice, tea, basket, prices, kept):
    made = quote(as_alice, kits(basket, parts=[line(tea)], unit_price="5.00"), kits(basket, unit_price="7.00"))
    lines = [{"product": f"Basket (#kit {basket})", "quantity": "2", "unit_price": price} for price in prices]
    assert Browser(alice).send_task(f"/shop/quotes/{made['id']}/", *lines).status_code == 303
    found = QuoteLine.objects.filter(owner=alice, quote=made["id"]).order_by("id")
    assert [one.product.name for one in found] == kept
    wrong = {"product": f"Basket (#kit {basket})", "quantity": "2", "unit_price": "dear"}
    assert Browser(alice).send_task(f"/shop/quotes/{made['id']}/", wrong).status_code == 400


def test_who_only_reads_has_no_buttons(alice, as_alice, tea):
    made = quote(as_alice, line(tea))
    viewer = Browser(make_user("vera", role=Role.VIEWER, employer=alice))
    assert viewer.list_buttons(f"{QUOTES}{made['id']}/") == []
    assert viewer.client.get("/shop/quote/").status_code == 403
