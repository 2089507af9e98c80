"""A reservation for a day does not end before that day. The shop is told about orders that expire."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db.models import QuerySet

from records.events.models import Event
from records.events.notices import jobs as notices
from testing.cast.people import client_of
from testing.cast.reservations import ADDRESS, let_expire, reserve
from testing.races import run_concurrently
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.customers.models import Customer
from trade.reservations.end_services import record_expired
from trade.reservations.jobs import record_expired_reservations
from trade.reservations.models import Reservation
from users.models import User

pytestmark = pytest.mark.django_db
DAY = 24 * 3600


def in_days(number):
    return str(datetime.now(UTC).date() + timedelta(days=number))


def post(client, product, **fields):
    return client.post(ADDRESS, {"lines": [{"product": product.pk, "quantity": 1}], **fields})


def list_expired_events():
    return [event.data for event in Event.objects.filter(type="reservation.expired").order_by("id")]


@pytest.fixture
def order(as_alice, alice, kettle):
    """Return an order of a customer that lasts for an hour."""
    nora = Customer.objects.create(owner=alice, name="Nora Novak")
    return reserve(as_alice, kettle, customer=nora.pk, expires_in=3600)


def test_a_reservation_for_a_day_lasts_until_it_is_released(as_alice, kettle):
    assert reserve(as_alice, kettle, wanted_on=in_days(7))["expires_at"] is None
    assert reserve(as_alice, kettle)["expires_at"] is not None


@pytest.mark.quick
@pytest.mark.whole
@all_cases(
    ("days", "expires_in", "field"),
    [(7, 900, "expires_in"), (7, 7 * DAY, None), (0, 1, None), (-1, DAY, "wanted_on")],
)
def test_an_end_before_the_day_and_a_day_that_is_over_are_refused(as_alice, kettle, days, expires_in, field):
    answer = post(as_alice, kettle, wanted_on=in_days(days), expires_in=expires_in)
    assert (answer.status_code, list(answer.json()) if field else None) == ((400, [field]) if field else (201, None))
    assert Reservation.objects.count() == (not field)


def test_the_day_is_one_of_the_shop(as_alice, alice, kettle):
    User.objects.filter(pk=alice.pk).update(time_zone="Pacific/Kiritimati")
    ahead = User.objects.get(pk=alice.pk).shop_today()
    User.objects.filter(pk=alice.pk).update(time_zone="Etc/GMT+12")
    behind = User.objects.get(pk=alice.pk).shop_today()
    assert behind < ahead
    assert post(as_alice, kettle, wanted_on=str(behind), expires_in=1).status_code == 201
    assert post(as_alice, kettle, wanted_on=str(ahead), expires_in=1).status_code == 400


def test_another_day_is_refused_after_the_end_and_in_the_past(as_alice, order):
    for day in (in_days(7), in_days(-1)):
        refused = as_alice.patch(f"{ADDRESS}{order['id']}/", {"wanted_on": day})
        assert (refused.status_code, list(refused.json())) == (400, ["wanted_on"])
    as_alice.post(f"{ADDRESS}{order['id']}/extend/", {"expires_in": None})
    assert as_alice.patch(f"{ADDRESS}{order['id']}/", {"wanted_on": in_days(7)}).status_code == 200


def test_it_is_not_extended_to_an_end_before_the_day(as_alice, kettle):
    made = reserve(as_alice, kettle, wanted_on=in_days(7))
    refused = as_alice.post(f"{ADDRESS}{made['id']}/extend/", {"expires_in": 3600})
    assert (refused.status_code, list(refused.json())) == (400, ["expires_in"])
    assert as_alice.post(f"{ADDRESS}{made['id']}/extend/", {"expires_in": 8 * DAY}).status_code == 200


def test_a_day_that_is_over_by_now_stays(as_alice, kettle):
    made = reserve(as_alice, kettle, wanted_on=in_days(0))
    Reservation.objects.update(wanted_on=date(2026, 1, 2))
    address = f"{ADDRESS}{made['id']}/"
    assert as_alice.patch(address, {"wanted_on": "2026-01-02", "note": "is late"}).status_code == 200
    lines = [{"product": made["lines"][0]["product"], "quantity": 1}]
    kept = as_alice.post(f"{address}fulfil/", {"lines": lines, "keep_rest": True}).json()["kept"]
    assert as_alice.get(f"{ADDRESS}{kept}/").json()["wanted_on"] == "2026-01-02"


@all_cases(
    ("fields", "seconds"),
    [
        ({}, None),
        ({"wanted_on": in_days(7)}, None),
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": "604800"}, 604_800),
    ],
)
def test_an_order_of_the_page_ends_by_itself_only_if_somebody_chose_it(alice, kettle, fields, seconds):
    Browser(alice).send_task("/shop/reserve/", {"product": "kettle", "quantity": 1}, **fields)
    order = Reservation.objects.get()
    assert order.expires_at == (order.created_at + timedelta(seconds=seconds) if seconds else None)


def test_a_choice_that_ends_before_the_day_is_refused(alice, kettle):
    line = {"product": "kettle", "quantity": 1}
    Browser(alice).send_task("/shop/reserve/", line, wanted_on=in_days(7), expires_in="86400")
    assert not Reservation.objects.exists()


# --- The shop is told --------------------------------------------------------------------------------------


@pytest.mark.quick
def test_an_order_that_expires_is_an_event_once(as_alice, kettle, order):
    cart, old = reserve(as_alice, kettle, 1), reserve(as_alice, kettle, 1, wanted_on=in_days(0), expires_in=1)
    record_expired_reservations()
    assert list_expired_events() == []
    for made in (cart, old, order):
        let_expire(made["id"])
    week = timedelta(days=8)
    Reservation.objects.filter(pk=old["id"]).update(
        created_at=datetime.now(UTC) - 2 * week, expires_at=datetime.now(UTC) - week
    )
    for _ in range(2):
        record_expired_reservations()
    assert list_expired_events() == [{"reservation": order["id"]}]
    [event] = as_alice.get("/api/events/?type=reservation.expired").json()["events"]
    assert event["data"] == {"reservation": order["id"]}


def test_a_released_order_does_not_expire(as_alice, order):
    as_alice.post(f"{ADDRESS}{order['id']}/release/")
    record_expired_reservations()
    assert list_expired_events() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_locked", [True, False])
def test_several_workers_record_one_event_and_without_the_lock_more(alice, kettle, monkeypatch, is_locked):
    made = [reserve(client_of(alice), kettle, 1, wanted_on=in_days(0), expires_in=1)["id"] for _ in range(9)]
    for pk in made:
        let_expire(pk)
    if not is_locked:
        # Each row takes a while, so that all workers read the rows before the first one updates them.
        slow = {"where": ["pg_sleep(.05)::text = ''"]}
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.extra(**slow))
    found = sum(run_concurrently(*[lambda: record_expired(alice.pk, 10)] * 4))
    assert (found == len(list_expired_events()) == 9) == is_locked


def test_the_start_page_and_the_notice_tell_of_it(as_alice, alice, order, settings):
    settings.MAIL_ON, settings.PUBLIC_URL = True, "https://stock.example.org"
    title = "Orders whose time was over"
    assert title not in Browser(alice).get_page("/api/")
    let_expire(order["id"])
    assert "Nora Novak" in Browser(alice).get_page("/api/").partition(title)[2]
    told = notices.find_notice(alice, alice.shop_today(), 0)
    assert told.is_empty
    record_expired_reservations()
    as_alice.get("/api/events/")
    assert notices.mail_notice(alice, notices.find_notice(alice, alice.shop_today(), 0), bool)
    assert "- Reservation 1, Nora Novak" in mail.outbox[-1].body


def test_a_notice_says_how_many_expired_orders_it_leaves_out(as_alice, alice, kettle, monkeypatch):
    monkeypatch.setattr(notices, "MAX_ROWS", 2)
    for name in ("Nora", "Olaf", "Pia"):
        customer = Customer.objects.create(owner=alice, name=name)
        let_expire(reserve(as_alice, kettle, 1, customer=customer.pk, expires_in=3600)["id"])
    record_expired_reservations()
    as_alice.get("/api/events/")
    told = notices.find_notice(alice, alice.shop_today(), 0)
    assert ([row.customer.name for row in told.expired], told.others) == (["Nora", "Olaf"], 1)
