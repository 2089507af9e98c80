"""Nobody mails a text to a stranger.

Only owners with a confirmed address send mail, few mails, and first only a link.
"""

import re

import pytest
from django.core import mail
from django.test import Client

from testing.cast.orders import make_supplier, post, read, write_order
from testing.cast.people import client_of, make_product, make_user
from testing.races import run_concurrently
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.purchasing import jobs as mailing
from trade.purchasing import order_links
from trade.purchasing.models import Order
from users import services
from users.access.permissions import Caller
from users.access.roles import Role
from users.models import AttemptCounter, User
from users.sign_in import password_services, rate_limits

HTML = {"Accept": "text/html"}
UNCONFIRMED = "Who sent it has no confirmed e-mail address, or may not send orders any more."
TEXTS = ("Kettle", "Mill", "Alice's teas", "Pay now", "ref-1")


@pytest.fixture(autouse=True)
def mail_on(settings):
    settings.MAIL_ON, settings.PUBLIC_URL = True, "https://stock.example.org"


@pytest.fixture
def mill(alice):
    User.objects.filter(pk=alice.pk).update(shop_name="Alice's teas")
    return make_supplier(alice)


def send(client, supplier, product):
    """Write an order with texts, and send it by mail. Return the response."""
    return post(client, write_order(client, supplier, product, note="Pay now", reference="ref-1"), "send", mail=True)


def send_and_read(client, supplier, product):
    """Send an order by mail, and return the mail's text with its subject."""
    assert send(client, supplier, product).status_code == 200
    assert mailing.send_due_orders() == 1
    return mail.outbox[-1].subject + mail.outbox[-1].body


def path_in(text):
    return re.search(r"https://stock\.example\.org(/accounts/orders/\S+)", text)[1]


# --- Who may mail --------------------------------------------------------------------------------------------------


def test_an_owner_without_a_confirmed_address_can_not_mail(as_charlie, charlie):
    User.objects.filter(pk=charlie.pk).update(email="charlie@example.org")
    order = write_order(as_charlie, make_supplier(charlie), make_product(charlie))
    refused = post(as_charlie, order, "send", mail=True)
    assert (refused.status_code, refused.json()["code"]) == (400, "email_not_confirmed")
    assert read(as_charlie, order)["state"] == "draft"
    assert post(as_charlie, order, "send").status_code == 200


@all_cases("change", [{"email": "victim@example.org"}, {"is_active": False}])
def test_an_order_is_not_mailed_after_its_owner_changed_its_address_or_was_deactivated(
    as_alice, alice, mill, kettle, change
):
    assert send(as_alice, mill, kettle).status_code == 200
    User.objects.filter(pk=alice.pk).update(**change)
    assert mailing.send_due_orders() == 0
    assert mail.outbox == []
    assert Order.objects.get().mail_error == UNCONFIRMED


@pytest.fixture
def manager(alice):
    """Return a manager of Alice's shop with a confirmed address."""
    return make_user(
        "mia", role=Role.MANAGER, employer=alice, email="mia@example.org", confirmed_email="mia@example.org"
    )


@all_cases("asks", ["send", "mail"])
def test_the_answer_to_an_order_goes_to_who_mails_it_not_to_the_owner(alice, manager, mill, kettle, asks):
    User.objects.filter(pk=alice.pk).update(confirmed_email="")
    client = client_of(manager)
    order = write_order(client, mill, kettle)
    assert post(client, order, "send", mail=asks == "send").status_code == 200
    assert asks == "send" or post(client, order, "mail").status_code == 200
    assert mailing.send_due_orders() == 1
    message = mail.outbox[-1]
    assert message.extra_headers["Reply-To"] == "mia@example.org"
    assert "Sent by: mia@example.org" in message.body
    assert "mia@example.org" in Client().get(path_in(message.body)).text


def test_who_has_not_confirmed_its_address_can_not_mail_whatever_the_owner_has(manager, mill, kettle):
    User.objects.filter(pk=manager.pk).update(confirmed_email="")
    order = write_order(client_of(manager), mill, kettle)
    refused = post(client_of(manager), order, "send", mail=True)
    assert (refused.status_code, refused.json()["code"]) == (400, "email_not_confirmed")
    assert read(client_of(manager), order)["state"] == "draft"


@all_cases("change", [{"confirmed_email": ""}, {"is_active": False}, {"role": Role.WORKER}, {"employer": None}])
def test_an_order_stays_sent_and_is_to_do_if_who_mailed_it_has_no_confirmed_address_or_has_left(
    as_alice, alice, manager, mill, kettle, change
):
    order = write_order(client_of(manager), mill, kettle)
    assert post(client_of(manager), order, "send", mail=True).status_code == 200
    User.objects.filter(pk=manager.pk).update(**change)
    assert mailing.send_due_orders() == 0
    shown = read(as_alice, order)
    assert (shown["state"], shown["mail_error"]) == ("sent", UNCONFIRMED)
    page = Browser(alice).get_page("/api/")
    assert "1 order not mailed" in page
    assert [row["id"] for row in as_alice.get("/api/purchase-orders/?unmailed=true").json()["results"]] == [order["id"]]
    assert post(as_alice, order, "mail").status_code == 200
    assert "not mailed" not in Browser(alice).get_page("/api/")
    assert mailing.send_due_orders() == 1


def test_an_order_that_1_4_0_was_asked_to_mail_is_mailed_for_the_owner(as_alice, mill, kettle):
    assert send(as_alice, mill, kettle).status_code == 200
    Order.objects.update(mailed_by=None)
    assert mailing.send_due_orders() == 1
    assert mail.outbox[0].extra_headers["Reply-To"] == "alice@example.org"


# --- The first mail ------------------------------------------------------------------------------------------------


def test_the_first_mail_to_an_address_has_no_text_of_users(as_alice, mill, kettle):
    text = send_and_read(as_alice, mill, kettle)
    assert [word for word in TEXTS if word in text] == []
    assert "alice@example.org" in text
    assert mail.outbox[0].extra_headers["Reply-To"] == "alice@example.org"


def test_the_link_shows_the_order_and_only_the_button_asks_for_complete_orders(as_alice, mill, kettle):
    first = send_and_read(as_alice, mill, kettle)
    assert "5: Kettle" in Client().get(path_in(first)).text
    second = send_and_read(as_alice, mill, kettle)
    assert "Kettle" not in second
    assert "come complete by mail" in Client().post(path_in(first)).text
    assert "5: Kettle" in send_and_read(as_alice, mill, kettle)


def test_another_address_of_the_supplier_is_a_stranger_again(as_alice, mill, kettle):
    Client().post(path_in(send_and_read(as_alice, mill, kettle)))
    as_alice.patch(f"/api/suppliers/{mill.pk}/", {"contact_email": "victim@example.org"})
    assert "Kettle" not in send_and_read(as_alice, mill, kettle)


@pytest.mark.quick
def test_a_link_to_a_former_address_does_not_accept_for_the_present_one(as_alice, mill, kettle):
    address = path_in(send_and_read(as_alice, mill, kettle))
    as_alice.patch(f"/api/suppliers/{mill.pk}/", {"contact_email": "victim@example.org"})
    Client().post(address)
    mill.refresh_from_db()
    assert mill.accepted_email == ""


def test_no_route_writes_the_accepted_address(as_alice, mill):
    as_alice.patch(f"/api/suppliers/{mill.pk}/", {"accepted_email": "mill@example.org"})
    mill.refresh_from_db()
    assert mill.accepted_email == ""


@pytest.mark.parametrize("end", ["forged", "closed shop", "other order", "time"])
def test_an_ended_link_is_a_404(as_alice, alice, mill, kettle, monkeypatch, end):
    address = path_in(send_and_read(as_alice, mill, kettle))
    if end == "forged":
        address = address.replace(":", ":x", 1)
    if end == "closed shop":
        services.deactivate(by=Caller(), user=alice)
    if end == "other order":
        Order.objects.update(sent_at="2026-01-01T00:00:00Z")
    if end == "time":
        monkeypatch.setattr(order_links, "LIFETIME", -order_links.LIFETIME)
    assert (Client().get(address).status_code, Client().post(address).status_code) == (404, 404)
    assert "This link has expired, or a part of it is missing." in Client().get(address, headers=HTML).text


# --- Limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "accepted"),
    [
        ("MAX_MAILS_OF_ACCOUNT", True), ("MAX_MAILS_TO_KNOWN", True), ("MAX_MAILS_TO_NEW", False),
        ("MAX_MAILS_TO_STRANGER", False),
    ],
)  # fmt: skip
def test_an_owner_sends_a_limited_number_of_mails_a_day(as_alice, alice, mill, kettle, monkeypatch, limit, accepted):
    monkeypatch.setattr(rate_limits, limit, 2)
    if accepted:
        type(mill).objects.update(accepted_email=mill.contact_email)
    responses = [send(as_alice, mill, kettle) for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    assert "2 mails" in responses[2].json()["detail"]
    assert int(responses[2].headers["Retry-After"]) > 86_000
    assert Order.objects.filter(state="draft").count() == 1


@pytest.mark.quick
def test_all_accounts_together_send_few_mails_to_a_stranger(as_alice, mill, kettle, as_charlie, charlie, monkeypatch):
    monkeypatch.setattr(rate_limits, "MAX_MAILS_TO_STRANGER", 1)
    charlie.email = "charlie@example.org"
    charlie.save()
    password_services.mark_confirmed(charlie)
    theirs, product = make_supplier(charlie, contact_email="Mill+x@example.org"), make_product(charlie)
    assert send(as_alice, mill, kettle).status_code == 200
    assert send(as_charlie, theirs, product).status_code == 429
    type(theirs).objects.filter(pk=theirs.pk).update(accepted_email=theirs.contact_email)
    assert send(as_charlie, theirs, product).status_code == 200


def test_a_refused_mail_is_not_counted(as_alice, mill, kettle, monkeypatch):
    monkeypatch.setattr(rate_limits, "MAX_MAILS_TO_NEW", 1)
    order = write_order(as_alice, mill, kettle)
    assert [post(as_alice, order, "send", mail=True).status_code for _ in range(2)] == [200, 409]
    assert AttemptCounter.objects.get(key__startswith="mail:account:").count == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_orders_do_not_exceed_the_limit(as_alice, mill, kettle, monkeypatch):
    monkeypatch.setattr(rate_limits, "MAX_MAILS_TO_NEW", 3)
    orders = [write_order(as_alice, mill, kettle) for _ in range(8)]
    sent = run_concurrently(*[lambda o=order: post(as_alice, o, "send", mail=True).status_code for order in orders])
    assert sorted(sent) == [200] * 3 + [429] * 5


# --- Fairness -------------------------------------------------------------------------------------------------------


def make_due(owner, number):
    """Send orders of the owner by mail. Return their ids."""
    supplier, product, client = make_supplier(owner), make_product(owner), client_of(owner)
    return [post(client, write_order(client, supplier, product), "send", mail=True).json()["id"] for _ in range(number)]


def test_orders_of_one_account_do_not_delay_those_of_others(alice, monkeypatch):
    monkeypatch.setattr(rate_limits, "MAX_MAILS_TO_NEW", 100)
    monkeypatch.setattr(rate_limits, "MAX_MAILS_TO_STRANGER", 100)
    monkeypatch.setattr(mailing, "MAX_ORDERS", 5)
    erin = make_user("erin", email="erin@example.org")
    password_services.mark_confirmed(erin)
    make_due(alice, 8)
    theirs = make_due(erin, 2)
    tried = []
    monkeypatch.setattr(mailing, "deliver_order_mail", lambda order: tried.append(order.pk) or "")
    assert mailing.send_due_orders() == 5
    assert [tried[1], tried[3]] == theirs
    assert mailing.send_due_orders() == 5
    assert len(set(tried)) == 10
