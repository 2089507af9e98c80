"""The worker mails orders to their suppliers. A mail that failed is tried again, and the order says why it failed."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core.pages.links import find_form_page
from testing.cast.orders import ADDRESS, make_supplier, post, read, write_order
from testing.cast.people import PASSWORD, make_product
from testing.races import let_meet, run_concurrently
from testing.tables import all_cases
from trade.purchasing import jobs as mailing
from trade.purchasing.models import Order
from trade.purchasing.order_links import build_order_link
from users.models import User


@pytest.fixture(autouse=True)
def mail_on(settings):
    settings.MAIL_ON, settings.PUBLIC_URL = True, "https://stock.example.org"


@pytest.fixture
def mill(alice):
    return make_supplier(alice, accepted_email="mill@example.org")


@pytest.fixture
def sent(as_alice, mill, kettle):
    """Return an order that is to be mailed."""
    made = write_order(as_alice, mill, kettle)
    response = post(as_alice, made, "send", mail=True)
    assert response.status_code == 200
    return response.json()


def let_the_pause_pass():
    Order.objects.update(mail_due_at=timezone.now() - timedelta(seconds=1))


def refuse_mail(monkeypatch):
    def refuse(*args, **kwargs):
        raise smtplib.SMTPDataError(552, b"too large")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)


def test_the_mail_of_an_order_has_the_language_of_the_shop(alice, sent):
    User.objects.filter(pk=alice.pk).update(shop_language="de", language="fr")
    assert mailing.send_due_orders() == 1
    [message] = mail.outbox
    assert message.subject == f"Bestellung {sent['id']}"
    assert "An: " in message.body


def test_an_order_has_the_decimal_sign_of_the_shop(alice, as_alice, mill):
    User.objects.filter(pk=alice.pk).update(csv_format="european")
    flour = make_product(alice, "Flour", decimals=3, unit="kg")
    order = write_order(as_alice, mill, flour, make_product(alice), quantity=1500)
    post(as_alice, order, "send", mail=True)
    assert mailing.send_due_orders() == 1
    text = as_alice.get(f"{ADDRESS}{order['id']}/file/?format=txt").text
    page = Client().get(build_order_link(Order.objects.get()).removeprefix("https://stock.example.org")).text
    for shown in (mail.outbox[0].body, text, page):
        assert "- 1,500 kg: Flour" in shown
        assert "- 1.500: Kettle" in shown


def test_no_request_sends_a_mail(sent):
    assert mail.outbox == []
    assert (sent["mail_to"], sent["mailed_at"], sent["mail_error"]) == ("mill@example.org", None, "")


def test_the_worker_mails_the_order_once(as_alice, sent):
    assert mailing.send_due_orders() == 1
    [message] = mail.outbox
    assert (message.to, message.subject) == (["mill@example.org"], f"Order {sent['id']}")
    assert message.extra_headers["Reply-To"] == "alice@example.org"
    assert "- 5: Kettle" in message.body
    assert read(as_alice, sent)["mailed_at"] is not None
    assert mailing.send_due_orders() == 0


def test_an_order_is_not_mailed_unless_the_owner_says_so(as_alice, mill, kettle):
    post(as_alice, write_order(as_alice, mill, kettle), "send")
    assert mailing.send_due_orders() == 0


@pytest.mark.quick
def test_an_order_that_is_closed_is_not_mailed_any_more(as_alice, sent):
    assert post(as_alice, sent, "close").json()["next_mail_at"] is None
    assert mailing.send_due_orders() == 0
    assert mail.outbox == []


def test_an_order_that_is_closed_during_a_failed_try_is_not_tried_again(as_alice, sent, monkeypatch):
    monkeypatch.setattr(mailing, "deliver_order_mail", lambda _order: post(as_alice, sent, "close") and "552 too large")
    assert mailing.send_due_orders() == 0
    assert (read(as_alice, sent)["state"], read(as_alice, sent)["next_mail_at"]) == ("closed", None)


def test_a_refused_mail_says_why_and_is_tried_again(as_alice, sent, monkeypatch):
    with monkeypatch.context() as patched:
        refuse_mail(patched)
        assert mailing.send_due_orders() == 0
    assert read(as_alice, sent)["mail_error"] == "The mail server has refused the mail. (SMTP 552)"
    assert mailing.send_due_orders() == 0  # the pause is not over
    let_the_pause_pass()
    assert mailing.send_due_orders() == 1
    assert read(as_alice, sent)["mail_error"] == ""


def test_after_the_last_try_it_is_given_up_and_the_reason_stays(as_alice, sent, monkeypatch):
    refuse_mail(monkeypatch)
    for _ in range(mailing.MAX_TRIES):
        let_the_pause_pass()
        mailing.send_due_orders()
    order = Order.objects.get()
    shown = read(as_alice, sent)
    assert (shown["next_mail_at"], shown["mailed_at"]) == (None, None)
    assert (order.mail_tries, order.mail_due_at, order.mailed_at) == (mailing.MAX_TRIES, None, None)
    assert shown["mail_error"] != ""


def correct_address(mill, address="corrected@example.org"):
    type(mill).objects.filter(pk=mill.pk).update(contact_email=address)


def test_a_sent_order_is_mailed_again_to_the_corrected_address(as_alice, mill, sent, monkeypatch):
    with monkeypatch.context() as patched:
        refuse_mail(patched)
        mailing.send_due_orders()
    correct_address(mill)
    again = post(as_alice, sent, "mail").json()
    assert (again["mail_to"], again["mail_error"], again["mailed_at"]) == ("corrected@example.org", "", None)
    assert [mailing.send_due_orders() for _ in range(2)] == [1, 0]
    assert mail.outbox[0].to == ["corrected@example.org"]
    assert post(as_alice, sent, "mail").status_code == 200
    assert mailing.send_due_orders() == 1


def test_each_try_of_a_mail_has_the_same_id_and_a_mail_that_is_sent_again_has_another(as_alice, sent, monkeypatch):
    def lose_answer(message):
        ids.append(message.extra_headers["Message-ID"])
        raise smtplib.SMTPServerDisconnected

    ids = []
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lose_answer)
    for _ in range(2):
        let_the_pause_pass()
        mailing.send_due_orders()
    post(as_alice, sent, "mail")
    mailing.send_due_orders()
    assert (len(ids), ids[0] == ids[1], ids[1] == ids[2]) == (3, True, False)


def test_an_order_that_was_marked_as_sent_is_mailed_later_but_no_draft_and_no_closed_one(as_alice, mill, kettle):
    order = write_order(as_alice, mill, kettle)
    answers = [post(as_alice, order, action) for action in ("mail", "send", "mail", "close", "mail")]
    assert [answer.json().get("code") for answer in answers] == ["order_not_sent", None, None, None, "order_closed"]


@all_cases("has_failed", [True, False])
def test_the_result_of_a_running_try_is_not_that_of_another_address(as_alice, mill, sent, monkeypatch, has_failed):
    def deliver(_order):
        correct_address(mill)
        assert post(as_alice, sent, "mail").status_code == 200
        return "552 too large" if has_failed else ""

    with monkeypatch.context() as patched:
        patched.setattr(mailing, "deliver_order_mail", deliver)
        patched.setattr(mailing, "MAX_ORDERS", 1)
        mailing.send_due_orders()
    assert (read(as_alice, sent)["mailed_at"], read(as_alice, sent)["mail_error"]) == (None, "")
    assert mailing.send_due_orders() == 1
    assert mail.outbox[-1].to == ["corrected@example.org"]


def test_mailing_again_is_limited_and_takes_a_key(as_alice, sent, monkeypatch):
    for _ in range(2):
        answer = as_alice.post(f"{ADDRESS}{sent['id']}/mail/", headers={"Idempotency-Key": "1"})
    assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (200, "true")
    monkeypatch.setattr("users.sign_in.rate_limits.MAX_MAILS_TO_KNOWN", 2)
    assert post(as_alice, sent, "mail").status_code == 429


@pytest.mark.quick
def test_the_form_says_where_the_order_goes_and_went(client, as_alice, mill, sent):
    mailing.send_due_orders()
    correct_address(mill)
    client.login(username="alice", password=PASSWORD)
    form = find_form_page(f"{ADDRESS}{sent['id']}/mail/")
    assert f'href="{form}"' in read_page(client, sent)
    page = client.get(form, headers={"Accept": "text/html"}).text
    assert "is mailed to corrected@example.org, the address that the supplier has now." in page
    assert "It was mailed to mill@example.org before." in page


def read_page(client, order):
    return client.get(f"{ADDRESS}{order['id']}/", headers={"Accept": "text/html"}).text


def test_the_page_says_where_it_will_be_mailed_was_mailed_or_was_not_mailed(client, as_alice, sent, monkeypatch):
    client.login(username="alice", password=PASSWORD)
    words = ("Will be mailed to", "Not mailed to", "Mailed to", "Next try")
    shown = [[f">{word}<" in read_page(client, sent) for word in words]]
    with monkeypatch.context() as patched:
        refuse_mail(patched)
        mailing.send_due_orders()
        shown.append([f">{word}<" in read_page(client, sent) for word in words])
        assert parse_datetime(read(as_alice, sent)["next_mail_at"]) == Order.objects.get().mail_due_at
        Order.objects.update(mail_due_at=None)
        shown.append([f">{word}<" in read_page(client, sent) for word in words])
    Order.objects.update(mailed_at=timezone.now(), mail_error="")
    shown.append([f">{word}<" in read_page(client, sent) for word in words])
    assert shown == [
        [True, False, False, True],
        [True, False, False, True],
        [False, True, False, False],
        [False, False, True, False],
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_leased", [True, False])
def test_two_workers_mail_an_order_once(sent, monkeypatch, is_leased):
    """Both have found the order before one claims it. Without the lease, which is the negative control, both mail."""
    if not is_leased:
        monkeypatch.setattr(mailing, "LEASE", -mailing.LEASE)
    let_meet(monkeypatch, mailing, "find_round", 2)
    monkeypatch.setattr(mailing, "MAX_ORDERS", 1)
    assert sum(run_concurrently(*[mailing.send_due_orders] * 2)) == len(mail.outbox) == (1 if is_leased else 2)


def test_a_worker_that_was_killed_is_followed_by_another_after_the_lease(sent, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(mailing, "deliver_order_mail", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            mailing.send_due_orders()
    assert mailing.send_due_orders() == 0
    let_the_pause_pass()
    assert mailing.send_due_orders() == 1


def test_a_supplier_without_an_address_gets_no_mail(as_alice, alice, kettle):
    made = write_order(as_alice, make_supplier(alice, contact_email=""), kettle)
    refused = post(as_alice, made, "send", mail=True)
    assert (refused.status_code, refused.json()["code"]) == (400, "supplier_without_address")
    assert read(as_alice, made)["state"] == "draft"


@pytest.mark.quick
def test_a_service_without_mail_refuses_to_mail(as_alice, mill, kettle, sent, settings):
    settings.MAIL_ON = False
    assert mailing.send_due_orders() == 0
    made = write_order(as_alice, mill, kettle)
    refused = post(as_alice, made, "send", mail=True)
    assert (refused.status_code, refused.json()["code"]) == (400, "mail_off")
    assert read(as_alice, made)["state"] == "draft"
