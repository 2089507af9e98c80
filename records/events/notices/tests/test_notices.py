"""One mail a day at 7 in the shop's time zone, about products that have become low and stock that expires.

It can be turned off.
"""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from core.database.postgres.base import fetch
from core.time_zones import today
from products.models import Product
from records.events.notices import jobs
from records.events.notices.models import LastNotice
from records.events.services import number_events
from testing.cast.people import client_of, make_product
from testing.cast.tills import Device
from testing.races import run_concurrently
from testing.tables import all_cases
from users.models import User

YESTERDAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def mail_on(settings):
    settings.MAIL_ON, settings.PUBLIC_URL = True, "https://stock.example.org"


def zone_where_it_is(hour):
    """Return a time zone in which it is now this hour."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


@pytest.fixture
def subscriber(alice, as_alice):
    """Return Alice, who wants notices, and who got the last one yesterday. It is 8 o'clock in her shop."""
    User.objects.filter(pk=alice.pk).update(time_zone=zone_where_it_is(8))
    assert as_alice.patch("/api/users/me/", {"notices": "daily"}).status_code == 200
    assert jobs.send_due_notices() == 0  # the first notice comes on the next day
    let_a_day_pass()
    alice.refresh_from_db()
    return alice


def let_a_day_pass():
    for digest in LastNotice.objects.all():
        LastNotice.objects.filter(pk=digest.pk).update(sent_on=digest.sent_on - YESTERDAY)


def sell(owner, product, quantity):
    body = {"product": product.pk, "movement_type": "OUT", "quantity": quantity}
    assert client_of(owner).post("/api/stock/", body).status_code == 201


def test_a_counter_gets_no_notice_and_can_not_ask_for_one(subscriber, as_alice, bob):
    pot = make_product(subscriber, "Pot", quantity=5, min_threshold=3)
    User.objects.filter(pk=bob.pk).update(email="bob@example.org", confirmed_email="bob@example.org")
    for role, status in (("viewer", 200), ("counter", 400)):
        as_alice.patch(f"/api/users/{bob.pk}/", {"role": role})
        for notices in ("off", "daily"):
            answer = client_of(User.objects.get(pk=bob.pk)).patch("/api/users/me/", {"notices": notices})
        assert answer.status_code == status
    User.objects.filter(pk=bob.pk).update(notices="daily")
    jobs.send_due_notices()
    let_a_day_pass()
    sell(subscriber, pot, 3)
    jobs.send_due_notices()
    assert [mailed.to for mailed in mail.outbox] == [["alice@example.org"]]
    assert jobs.send_due_notices() == 0


def test_is_off_by_default(as_alice, alice, kettle):
    sell(alice, kettle, 8)
    assert as_alice.get("/api/users/me/").json()["notices"] == "off"
    assert jobs.send_due_notices() == 0


def test_tells_what_has_become_low(subscriber):
    tea = make_product(subscriber, "Assam", 10, sku="TEA-1")
    make_product(subscriber, "Never in stock")
    sell(subscriber, tea, 7)
    assert jobs.send_due_notices() == 1
    [sent] = mail.outbox
    assert sent.to == ["alice@example.org"]
    assert "- Assam (TEA-1): 3, low at 5" in sent.body
    assert "Never in stock" not in sent.body


def test_a_notice_has_amounts_of_what_is_weighed(subscriber):
    rice = make_product(subscriber, "Rice", 5_000, unit="kg", decimals=3, min_threshold=3_000)
    sell(subscriber, rice, 2_750)
    assert jobs.send_due_notices() == 1
    assert "- Rice: 2.250 kg, low at 3.000 kg" in mail.outbox[0].body


def test_a_notice_has_the_decimal_sign_of_the_shop(subscriber):
    User.objects.filter(pk=subscriber.pk).update(csv_format="european")
    rice = make_product(subscriber, "Rice", 5_000_000, unit="kg", decimals=3, min_threshold=3_000_000)
    sell(subscriber, rice, 2_750_000)
    assert jobs.send_due_notices() == 1
    assert "- Rice: 2250,000 kg, low at 3000,000 kg" in mail.outbox[0].body


def test_a_notice_has_the_language_of_its_reader(subscriber):
    User.objects.filter(pk=subscriber.pk).update(language="de")
    sell(subscriber, make_product(subscriber, "Assam", 10, sku="TEA-1"), 7)
    jobs.send_due_notices()
    [sent] = mail.outbox
    assert sent.subject.startswith("Bestandsmeldung von ")
    assert "- Assam (TEA-1): 3, knapp ab 5" in sent.body


def test_tells_lots_with_their_codes_and_quantities(subscriber):
    tea = make_product(subscriber, "Assam", 2, sku="TEA-1")
    for lot, ahead in (("H24", -1), ("H26", 14), ("H27", 15)):
        place = {"lot": lot, "expires_on": (subscriber.shop_today() + timedelta(days=ahead)).isoformat()}
        body = {"product": tea.pk, "movement_type": "IN", "quantity": 5, **place}
        assert client_of(subscriber).post("/api/stock/", body).status_code == 201
    jobs.send_due_notices()
    last = subscriber.shop_today() + timedelta(days=14)
    assert f"- Assam (TEA-1), lot H26: {last}, 5 in stock" in mail.outbox[0].body
    assert "H24" not in mail.outbox[0].body
    assert "H27" not in mail.outbox[0].body


@pytest.mark.quick
def test_tells_what_expires_within_14_days(subscriber):
    day = subscriber.shop_today()
    for days, name in ((-1, "Past"), (0, "Today"), (14, "Soon"), (15, "Later")):
        make_product(subscriber, name, 10, expiration_date=day + timedelta(days=days))
    make_product(subscriber, "Sold out", expiration_date=day)
    jobs.send_due_notices()
    assert f"- Soon: {day + timedelta(days=14)}, 10 in stock" in mail.outbox[0].body
    assert "- Today" in mail.outbox[0].body
    assert "/api/products/alerts/" in mail.outbox[0].body
    assert not any(name in mail.outbox[0].body for name in ("Past", "Later", "Sold out"))


def test_sends_nothing_if_there_is_nothing_to_tell(subscriber):
    make_product(subscriber, "Assam", 10)
    assert (jobs.send_due_notices(), mail.outbox) == (0, [])


def test_sends_one_mail_a_day_and_tells_a_fall_once(subscriber):
    tea = make_product(subscriber, "Assam", 10)
    sell(subscriber, tea, 7)
    assert [jobs.send_due_notices() for _ in range(2)] == [1, 0]
    let_a_day_pass()
    assert jobs.send_due_notices() == 0


def test_what_is_in_stock_again_is_not_listed(subscriber):
    tea = make_product(subscriber, "Assam", 10)
    sell(subscriber, tea, 7)
    client_of(subscriber).patch(f"/api/products/{tea.pk}/", {"quantity": 50})
    assert jobs.send_due_notices() == 0


@all_cases(("hour", "number"), [(6, 0), (7, 1), (23, 1)])
def test_waits_for_seven_o_clock_in_the_shop(subscriber, hour, number):
    sell(subscriber, make_product(subscriber, "Assam", 10), 7)
    User.objects.filter(pk=subscriber.pk).update(time_zone=zone_where_it_is(hour))
    LastNotice.objects.update(sent_on=today() - timedelta(days=3))
    assert jobs.send_due_notices() == number


@all_cases(("low", "expiring"), [(3, 1), (1, 3)])
def test_a_long_list_is_cut(subscriber, monkeypatch, low, expiring):
    monkeypatch.setattr(jobs, "MAX_ROWS", 2)
    for number in range(low):
        sell(subscriber, make_product(subscriber, f"Tea {number}", 10), 7)
    for number in range(expiring):
        make_product(subscriber, f"Milk {number}", 5, expiration_date=subscriber.shop_today())
    mail.outbox.clear()
    jobs.send_due_notices()
    assert mail.outbox[0].body.count("\n- ") == 2
    assert "and 2 more." in mail.outbox[0].body


def test_a_mail_that_is_not_accepted_is_covered_by_the_next_one(subscriber, monkeypatch):
    sell(subscriber, make_product(subscriber, "Assam", 10), 7)
    with monkeypatch.context() as patched:
        patched.setattr("core.mail.EmailMessage.send", lambda _self: (_ for _ in ()).throw(OSError()))
        assert [jobs.send_due_notices() for _ in range(2)] == [0, 0]
    let_a_day_pass()
    assert jobs.send_due_notices() == 1


def test_a_busy_mail_server_gets_the_notice_again_on_the_same_day(subscriber, monkeypatch):
    sell(subscriber, make_product(subscriber, "Assam", 10), 7)
    send, tries = mail.EmailMessage.send, []

    def refuse_first(message):
        tries.append(message.subject)
        if len(tries) == 1:
            raise OSError
        return send(message)

    monkeypatch.setattr("core.mail.EmailMessage.send", refuse_first)
    jobs.send_due_notices()
    assert (len(tries), len(mail.outbox)) == (2, 1)
    let_a_day_pass()
    assert jobs.send_due_notices() == 0  # it was told


@all_cases(("is_barred", "number"), [(False, 2), (True, 1)])
def test_a_worker_gets_the_notices_of_its_shop(subscriber, bob, as_bob, is_barred, number):
    User.objects.filter(pk=bob.pk).update(email="bob@example.org", confirmed_email="bob@example.org")
    as_bob.patch("/api/users/me/", {"notices": "daily"})
    jobs.send_due_notices()
    let_a_day_pass()
    sell(subscriber, make_product(subscriber, "Assam", 10), 7)
    User.objects.filter(pk=bob.pk).update(is_barred=is_barred)
    assert jobs.send_due_notices() == number


def test_other_shops_and_inactive_users_get_nothing(subscriber, charlie):
    sell(charlie, make_product(charlie, "Coffee", 10), 7)
    assert jobs.send_due_notices() == 0
    sell(subscriber, make_product(subscriber, "Assam", 10), 7)
    User.objects.filter(pk=subscriber.pk).update(is_active=False)
    assert jobs.send_due_notices() == 0


def test_a_notice_of_one_shop_leaves_what_another_one_is_told(subscriber, charlie):
    charlie_day = {"email": "c@example.org", "confirmed_email": "c@example.org", "time_zone": zone_where_it_is(8)}
    User.objects.filter(pk=charlie.pk).update(**charlie_day)
    charlie.refresh_from_db()
    client_of(charlie).patch("/api/users/me/", {"notices": "daily"})
    jobs.send_due_notices()
    let_a_day_pass()
    User.objects.filter(pk=charlie.pk).update(time_zone=zone_where_it_is(3))
    sell(charlie, make_product(charlie, "Coffee", 10), 7)
    for name in ("Assam", "Ceylon"):
        sell(subscriber, make_product(subscriber, name, 10), 7)
    assert jobs.send_due_notices() == 1
    User.objects.filter(pk=charlie.pk).update(time_zone=zone_where_it_is(8))
    assert jobs.send_due_notices() == 1
    assert "Coffee" in mail.outbox[-1].body


def test_needs_an_address(as_charlie):
    answer = as_charlie.patch("/api/users/me/", {"notices": "daily"})
    assert (answer.status_code, answer.json()) == (400, {"notices": ["Add an e-mail address first."]})


def test_needs_mail(as_alice, settings):
    settings.MAIL_ON = False
    answer = as_alice.patch("/api/users/me/", {"notices": "daily"})
    assert (answer.status_code, answer.json()["code"]) == (400, "mail_off")
    assert jobs.send_due_notices() == 0


def test_an_owner_can_not_subscribe_its_worker(as_alice, bob):
    answer = as_alice.patch(f"/api/users/{bob.pk}/", {"notices": "daily"})
    assert answer.json() == {"notices": ["Only the user itself can change this."]}


# --- Turn off -------------------------------------------------------------------------------------------


@pytest.fixture
def link(subscriber):
    """Return the path of the link in a notice."""
    sell(subscriber, make_product(subscriber, "Assam", 10), 7)
    jobs.send_due_notices()
    return mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>").removeprefix("https://stock.example.org")


def test_a_mail_has_the_headers_of_one_click(link):
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.outbox[0].body


def test_one_post_without_cookies_turns_notices_off(link, subscriber, charlie):
    LastNotice.objects.create(user=charlie, sent_on=today("UTC"), position=0)
    client = Client(enforce_csrf_checks=True)
    answer = client.post(link, {"List-Unsubscribe": "One-Click"})
    subscriber.refresh_from_db()
    assert (answer.status_code, subscriber.notices) == (200, "off")
    assert b"Notices are off" in answer.content
    assert LastNotice.objects.get().user == charlie  # others keep theirs


def test_a_program_that_follows_the_link_changes_nothing(link, subscriber):
    answer = Client().get(link)
    subscriber.refresh_from_db()
    assert (answer.status_code, subscriber.notices) == (200, "daily")
    assert b"Turn it off" in answer.content


@all_cases("damage", [lambda link: link[:-2] + "x/", lambda _link: "/accounts/notices/off/x/"])
def test_a_wrong_link_is_not_found(link, damage):
    answer = Client().post(damage(link))
    assert (answer.status_code, answer.json()["code"]) == (404, "link_ended")


@pytest.mark.quick
def test_a_link_of_an_earlier_user_of_the_same_id_is_not_found(link, subscriber):
    User.objects.filter(pk=subscriber.pk).update(date_joined=datetime(2020, 1, 1, tzinfo=UTC))
    assert Client().post(link).status_code == 404


def test_notices_that_are_turned_on_again_tell_only_what_happens_later(link, subscriber, as_alice):
    Client().post(link)
    sell(subscriber, make_product(subscriber, "Green tea", 10), 7)
    as_alice.patch("/api/users/me/", {"notices": "daily"})
    assert jobs.send_due_notices() == 0
    let_a_day_pass()
    assert jobs.send_due_notices() == 0


# --- Several workers --------------------------------------------------------------------------------------


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_mail(subscriber):
    sell(subscriber, make_product(subscriber, "Assam", 10), 7)
    number_events(subscriber.pk)
    assert sum(run_concurrently(*[jobs.send_due_notices] * 4)) == 1
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_claim_two_workers_would_send_two(subscriber, monkeypatch):
    """The negative control of the test above."""
    both = threading.Barrier(2)
    monkeypatch.setattr(jobs, "claim_day", lambda *_: 0 * both.wait(30))
    sell(subscriber, make_product(subscriber, "Assam", 10), 7)
    number_events(subscriber.pk)
    assert sum(run_concurrently(*[jobs.send_due_notices] * 2)) == len(mail.outbox) == 2


def test_the_hour_is_by_the_rules_of_this_service(subscriber):
    """PostgreSQL may have other rules for a zone, or may not know it: this must not stop the mails of other shops."""
    User.objects.filter(pk=subscriber.pk).update(time_zone="Asia/New")
    moment = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)  # in some zones it is that day already
    due = {"zones": ["Asia/New"], "hour": 7, "limit": 10}
    for hour, number in ((6, 0), (7, 1)):
        assert len(fetch(jobs.DUE, {**due, "moments": [moment.replace(hour=hour)]})) == number


def test_the_statement_of_due_users_uses_its_index(subscriber):
    User.objects.bulk_create(User(username=f"owner{number}") for number in range(500))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE users_user")
        cursor.execute(
            f"EXPLAIN {jobs.DUE}", {"zones": ["UTC"], "moments": [datetime.now(UTC)], "hour": 7, "limit": 10}
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "users_user_daily_notices" in plan
    assert Product.objects.count() == 0


def test_an_address_that_is_not_confirmed_gets_no_notice(subscriber):
    sell(subscriber, make_product(subscriber, "Assam", 10), 7)
    User.objects.filter(pk=subscriber.pk).update(email="victim@example.org")
    let_a_day_pass()
    assert jobs.send_due_notices() == 0


# --- Tills ----------------------------------------------------------------------------------------------------


def test_tells_numbers_that_tills_did_not_send_or_gave_up(subscriber, kettle):
    device = Device(subscriber, "front")
    device.book(4, kettle, movement_type="IN")
    device.drop(2, "The cup broke.")
    jobs.send_due_notices()
    text = mail.outbox[0].body
    assert "- front: 2 missing, first 1" in text
    assert "- front, 2: The cup broke." in text
    assert "/api/tills/" in text
    assert "/api/products/alerts/" not in text


def test_a_given_up_number_is_told_once_and_a_missing_one_each_day(subscriber):
    device = Device(subscriber, "front")
    device.drop(2, "The cup broke.")
    jobs.send_due_notices()
    let_a_day_pass()
    jobs.send_due_notices()
    first, second = (sent.body for sent in mail.outbox)
    assert ("The cup broke." in first, "The cup broke." in second) == (True, False)
    assert "- front: 1 missing, first 1" in second


def test_long_lists_of_numbers_are_cut_and_the_rest_is_counted(subscriber, charlie, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_ROWS", 2)
    device, of_another_shop = Device(subscriber, "front"), Device(charlie, "front")
    for number in range(1, 10):  # so that their positions are above those that Alice was told
        of_another_shop.drop(number)
    number_events(charlie.pk)
    for number in (1, 2, 3):
        device.drop(number, "The cup broke.")
    for name in ("back", "left", "right"):
        Device(subscriber, name).pair(client_of(subscriber))
    jobs.send_due_notices()
    text = mail.outbox[0].body
    assert (text.count(": The cup broke."), text.count(": 1 to 1000")) == (2, 2)
    assert "- front, 1: The cup broke.\n- front, 2: The cup broke.\n" in text
    assert "and 2 more." in text


def test_numbers_that_may_be_missing_are_told_once(subscriber):
    Device(subscriber, "front").pair(client_of(subscriber))
    jobs.send_due_notices()
    let_a_day_pass()
    assert "- front: 1 to 1000" in mail.outbox[0].body
    assert jobs.send_due_notices() == 0


def test_a_worker_is_not_told_about_tills(subscriber, bob, as_bob):
    User.objects.filter(pk=bob.pk).update(email="bob@example.org", confirmed_email="bob@example.org")
    as_bob.patch("/api/users/me/", {"notices": "daily"})
    jobs.send_due_notices()
    let_a_day_pass()
    Device(subscriber).drop(2)
    assert jobs.send_due_notices() == 1
    assert mail.outbox[0].to == ["alice@example.org"]
