"""A receipt by mail: the mail has a link and no text of the shop, and its address is kept nowhere."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from testing.cast.people import make_product
from testing.reading.browser import Browser, find_form
from trade.sales.tests.test_list import OPERATIONS, SALES, sell
from users.models import User
from users.sign_in import rate_limits

pytestmark = pytest.mark.usefixtures("mails_at_once")


@pytest.fixture(autouse=True)
def mail_on(settings):
    settings.MAIL_ON, settings.PUBLIC_URL = True, "https://stock.example.org"


@pytest.fixture
def sale(alice, as_alice):
    User.objects.filter(pk=alice.pk).update(shop_name="Alice's teas", csv_format="european")
    return sell(as_alice, (make_product(alice, "Tea", 100, price="3.40"), 3))


def send(client, sale, to="ada@example.org", **headers):
    return client.post(f"{SALES}{sale}/receipt/mail/", {"to": to}, headers=headers)


def path_in(text):
    return re.search(r"https://stock\.example\.org(/accounts/receipts/\S+)", text)[1]


def test_a_mail_has_a_link_to_the_receipt_and_no_text_of_the_shop(as_bob, sale):
    assert send(as_bob, sale).status_code == 202
    [sent] = mail.outbox
    assert (sent.to, sent.extra_headers["Reply-To"]) == (["ada@example.org"], "alice@example.org")
    for text in ("Alice's teas", "Tea", "10"):
        assert text not in sent.subject + sent.body.replace(path_in(sent.body), "")
    page = Client().get(path_in(sent.body)).text
    for text in ("Alice&#x27;s teas", "Tea", "10,20", "Receipt #1"):
        assert text in page
    assert f"/api/sales/{sale}/" not in page


@pytest.mark.quick
def test_a_wrong_link_or_one_of_a_closed_shop_opens_nothing(alice, as_alice, sale):
    send(as_alice, sale)
    path = path_in(mail.outbox[0].body)
    assert Client().get(path[:-2] + "x/").json()["code"] == "link_ended"
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert Client().get(path).status_code == 404


def test_the_address_is_kept_nowhere(as_alice, sale):
    assert send(as_alice, sale, **{"Idempotency-Key": "mail-1"}).status_code == 202
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS kept WHERE kept::text LIKE %s', ["%ada@example.org%"])
            assert cursor.fetchone() == (0,), table


def test_a_repeated_request_sends_one_mail(as_alice, sale):
    for _ in range(2):
        assert send(as_alice, sale, **{"Idempotency-Key": "mail-1"}).status_code == 202
    assert len(mail.outbox) == 1


def test_an_address_gets_few_receipts(as_alice, sale):
    sent = [send(as_alice, sale).status_code for _ in range(rate_limits.MAX_MAILS_TO_NEW + 1)]
    assert sent == [202] * rate_limits.MAX_MAILS_TO_NEW + [429]


def test_an_owner_without_a_confirmed_address_sends_no_receipt(alice, as_alice, sale):
    User.objects.filter(pk=alice.pk).update(confirmed_email="")
    refused = send(as_alice, sale)
    assert (refused.status_code, refused.json()["code"]) == (400, "email_not_confirmed")


def test_a_service_without_mail_says_so(as_alice, sale, settings):
    settings.MAIL_ON = False
    assert send(as_alice, sale).json()["code"] == "mail_off"


def test_only_sales_of_the_own_shop_are_mailed(as_alice, as_charlie, sale):
    assert send(as_charlie, sale).status_code == 404
    back = as_alice.post(f"{OPERATIONS}{sale}/return/", {}).json()["id"]
    assert send(as_alice, back).status_code == 404
    assert mail.outbox == []


def test_the_page_of_a_sale_has_the_form(alice, sale):
    browser = Browser(alice)
    form = find_form(f"{SALES}{sale}/receipt/mail/", "post")
    assert f'href="{form}"' in browser.get_page(f"{SALES}{sale}/")
    answer = browser.send_task(form, to="ada@example.org")
    assert answer.headers["Location"] == f"{SALES}{sale}/"
    assert len(mail.outbox) == 1
