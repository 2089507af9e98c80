"""The numbers of tills: each is booked at most once or given up, and each missing one is known."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from core.database.transactions import atomic
from core.http.browsers import KEY_FIELD
from records.events.models import Event
from records.idempotency.models import IdempotencyKey
from testing.cast.people import client_of, client_with_key
from testing.cast.tills import OPERATIONS, Device
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.tills import reading, services
from trade.tills.errors import NotYourTill
from trade.tills.models import MAX_NUMBER, Drop, Till


@pytest.fixture
def device(alice):
    return Device(alice)


@pytest.fixture
def browser(alice):
    client = Client()
    client.force_login(alice)
    return client


def read_quantity(product):
    product.refresh_from_db()
    return product.quantity


def book_as(client, key, product):
    body = {"lines": [{"product": product.pk, "movement_type": "IN", "quantity": 1}]}
    return client.post(OPERATIONS, body, headers={"Idempotency-Key": key})


def test_a_number_that_is_sent_again_is_booked_once(device, kettle):
    first, again = (device.book(1, kettle, movement_type="IN") for _ in range(2))
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.content == again.content
    assert read_quantity(kettle) == 11


def test_another_booking_with_a_booked_number_is_refused(device, kettle):
    device.book(1, kettle, movement_type="IN")
    refused = device.book(1, kettle, 2, movement_type="IN")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def test_gaps_tell_which_numbers_never_arrived(device, kettle):
    assert device.gaps() == {"last": 0, "missing": [], "dropped": [], "may_be_missing": [], "next": None}
    for number in (1, 2, 5, 7):
        device.book(number, kettle, movement_type="IN")
    assert device.drop(6).status_code == 201
    assert device.gaps() == {"last": 7, "missing": [3, 4], "dropped": [6], "may_be_missing": [], "next": None}


def test_a_number_that_arrives_late_is_no_longer_missing(device, kettle):
    for number in (3, 1, 2):
        device.book(number, kettle, movement_type="IN")
    assert device.gaps() == {"last": 3, "missing": [], "dropped": [], "may_be_missing": [], "next": None}


def test_a_refused_booking_leaves_its_number_free(device, kettle):
    assert device.book(1, kettle, 1000).status_code == 400
    assert device.gaps()["last"] == 0
    assert device.book(1, kettle, movement_type="IN").status_code == 201


def test_counts_and_single_movements_have_numbers_too(device, kettle):
    count = {"lines": [{"product": kettle.pk, "counted": 3}]}
    movement = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    for number, (address, body) in enumerate([("/api/stock/counts/", count), ("/api/stock/", movement)], 1):
        answer = device.client.post(address, body, headers={"Idempotency-Key": device.key(number)})
        assert answer.status_code == 201
    assert device.gaps() == {"last": 2, "missing": [], "dropped": [], "may_be_missing": [], "next": None}


def test_the_maker_and_the_owner_use_the_numbers_of_a_till(alice, bob, as_alice, as_bob, kettle):
    device = Device(bob)
    assert [
        book_as(as_bob, device.key(1), kettle).status_code,
        book_as(as_alice, device.key(2), kettle).status_code,
    ] == [201, 201]


@pytest.mark.quick
def test_nobody_else_uses_the_numbers_of_a_till(alice, bob, as_bob, as_charlie, kettle, charlie):
    device, other = Device(alice), Device(alice, "till 2")
    clients = [as_bob, client_of(charlie), other.client, client_with_key(alice), client_with_key(alice, "manage")]
    answers = [book_as(client, device.key(1), kettle) for client in clients]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "not_your_till")}
    assert device.gaps()["last"] == 0


def test_a_stored_response_is_not_shown_to_others(alice, as_bob, kettle):
    device = Device(alice)
    device.book(1, kettle, movement_type="IN")
    assert book_as(as_bob, device.key(1), kettle).json()["code"] == "not_your_till"


SPELLINGS = [
    "till-{}-413", "till-{}-0000413", "till-{}-000000", "till-0{}-000413", "till-999999999-000001", "till-0-000001",
    "till-{}-+00413", "till-{}--00413", "till-{}- 00413", "till-{}-000413.0", "till-{}-00_413", "till-+{}-000413",
    "till--{}-000413", "till- {}-000413", "till -{}-000413", "Till-{}-000413", "TILL-{}-000413",
]  # fmt: skip


@all_cases("spelling", SPELLINGS)
def test_a_number_is_written_in_one_way(alice, device, spelling):
    with pytest.raises(NotYourTill):
        atomic(services.NumberKeys().before_insert)(alice, spelling.format(device.till.pk))


def test_a_booking_under_another_spelling_of_a_number_is_refused(device, kettle):
    refused = book_as(device.client, f"till-{device.till.pk}-+00413", kettle)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_till")


def test_a_number_in_the_digits_of_another_script_is_no_key(browser, device, kettle):
    """A header has no such digits, and a field of a form is refused before anything looks for a till."""
    digits = "٠٠٠٤١٣"
    fields = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, KEY_FIELD: f"till-{device.till.pk}-{digits}"}
    refused = browser.post("/api/stock/", fields, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_idempotency_key")


@all_cases("key", ["till-1-receipt-4711", "till-1", "till-1-20261123-0001", "till-1-000001b", "my-till-1-000001"])
def test_other_keys_that_mention_a_till_are_ordinary(as_alice, kettle, key):
    assert book_as(as_alice, key, kettle).status_code == 201


@pytest.mark.quick
def test_a_closed_till_books_nothing(device, as_alice, kettle):
    as_alice.delete(device.address)
    refused = book_as(as_alice, device.key(1), kettle)
    assert (refused.status_code, refused.json()["code"], refused.json()["till"]) == (409, "till_closed", device.till.pk)


def test_a_number_skips_at_most_1000_others(device, kettle):
    refused = [device.book(1001, kettle, movement_type="IN"), device.drop(1001)]
    assert {(answer.status_code, answer.json()["code"], answer.json()["highest"]) for answer in refused} == {
        (409, "number_ahead", 1000)
    }
    assert device.book(1000, kettle, movement_type="IN").status_code == 201


@pytest.mark.quick
def test_a_number_that_was_booked_before_the_shop_was_moved_is_not_booked_again(device, kettle, alice):
    device.book(1, kettle, movement_type="IN")
    IdempotencyKey.objects.filter(owner=alice).delete()  # an export has no keys
    refused = device.book(1, kettle, movement_type="IN")
    assert (refused.status_code, refused.json()["code"]) == (409, "number_booked")
    assert read_quantity(kettle) == 11


def test_long_gaps_are_read_in_parts(device, kettle, monkeypatch):
    monkeypatch.setattr(reading, "MAX_NUMBERS", 3)
    device.drop(2)
    device.drop(6)
    device.book(9, kettle, movement_type="IN")
    assert device.gaps() == {"last": 9, "missing": [1, 3, 4], "dropped": [2], "may_be_missing": [], "next": 4}
    rest = device.client.get(f"{device.address}gaps/?after=4").json()
    assert rest == {"last": 9, "missing": [5, 7, 8], "dropped": [6], "may_be_missing": [], "next": 8}
    assert device.client.get(f"{device.address}gaps/?after=8").json()["next"] is None


# --- Numbers that are given up --------------------------------------------------------------------------------


def test_a_drop_keeps_what_was_refused_and_who_gave_it_up(device, as_alice):
    sale = {"lines": [{"product": 1, "quantity": 2}]}
    drop = device.drop(1, sale=sale).json()
    assert (drop["number"], drop["note"], drop["sale"]) == (1, "It fell from the counter.", sale)
    assert drop["made_by_username"] == f"alice/till {device.till.pk}"
    assert as_alice.get(f"{device.address}drops/").json()["results"] == [drop]


def test_a_drop_is_an_event(device, alice, as_alice):
    device.drop(1)
    [event] = as_alice.get("/api/events/?type=till.dropped").json()["events"]
    assert event["data"] == {"till": device.till.pk, "number": 1, "note": "It fell from the counter."}


def test_a_booked_number_is_not_given_up(device, kettle):
    device.book(1, kettle, movement_type="IN")
    refused = device.drop(1)
    assert (refused.status_code, refused.json()["code"], Drop.objects.count()) == (409, "number_booked", 0)


@pytest.mark.quick
def test_a_number_is_given_up_once(device):
    device.drop(1)
    refused = device.drop(1)
    assert (refused.status_code, refused.json()["code"], Event.objects.count()) == (409, "number_dropped", 1)


def test_a_drop_that_is_sent_again_has_the_same_response(device):
    first, again = (
        device.client.post(f"{device.address}drops/", {"number": 1, "note": "x"}, headers={"Idempotency-Key": "d"})
        for _ in range(2)
    )
    assert (first.status_code, again.content) == (201, first.content)


def test_the_key_of_a_drop_is_no_number_of_a_till(device):
    body = {"number": 1, "note": "x"}
    refused = device.client.post(f"{device.address}drops/", body, headers={"Idempotency-Key": device.key(2)})
    assert (refused.json()["code"], device.gaps()["last"]) == ("not_your_till", 0)


def test_a_dropped_number_that_is_sent_after_all_is_booked(device, kettle):
    device.drop(1)
    assert device.book(1, kettle, movement_type="IN").status_code == 201
    assert device.gaps() == {"last": 1, "missing": [], "dropped": [1], "may_be_missing": [], "next": None}


@pytest.mark.quick
def test_only_the_device_the_maker_and_the_owner_give_numbers_up(alice, bob, as_alice, as_bob, as_charlie):
    of_alice, of_bob = Device(alice), Device(bob, "till 2")
    body = {"number": 1, "note": "x"}
    assert as_bob.post(f"{of_alice.address}drops/", body).json()["code"] == "not_your_till"
    assert of_bob.client.post(f"{of_alice.address}drops/", body).status_code == 404
    assert as_charlie.post(f"{of_alice.address}drops/", body).status_code == 404
    assert as_bob.post(f"{of_bob.address}drops/", body).status_code == 201
    assert as_alice.post(f"{of_bob.address}drops/", {**body, "number": 2}).status_code == 201


def test_numbers_of_a_closed_till_are_given_up(device, as_alice, kettle):
    device.book(2, kettle, movement_type="IN")
    as_alice.delete(device.address)
    assert as_alice.post(f"{device.address}drops/", {"number": 1, "note": "lost"}).status_code == 201


@all_cases(
    "body", [
        {"number": 1}, {"note": "x"}, {"number": 0, "note": "x"}, {"number": MAX_NUMBER + 1, "note": "x"},
        {"number": "a", "note": "x"}, {"number": 1, "note": " "}, {"number": 1, "note": "x", "sale": "text"},
        {"number": 1, "note": "x", "sale": [1]}, {"number": 1, "note": "x", "sale": {"text": "x" * 100_000}},
        {"number": 1, "note": "x" * 501}, {"number": True, "note": "x"},
    ],
)  # fmt: skip
def test_a_wrong_drop_is_refused(device, body):
    assert device.client.post(f"{device.address}drops/", body).status_code == 400
    assert Drop.objects.count() == 0


@pytest.mark.quick
def test_a_worker_does_not_see_the_costs_of_a_drop(device, as_alice, as_bob):
    device.drop(1, sale={"lines": [{"unit_cost": "77.70", "quantity": 1}]})
    address = f"{device.address}drops/"
    assert "77.70" in as_alice.get(address).text
    assert "77.70" not in as_bob.get(address).text
    assert "77.70" not in as_alice.get("/api/events/").text


def test_a_person_gives_a_number_up_on_a_page(device, alice, kettle):
    device.book(2, kettle, movement_type="IN")
    browser = Browser(alice)
    assert "Missing numbers" in browser.get_page(device.address)
    assert "sale" not in browser.form_values(f"{device.address}drops/", "post")
    sent = browser.post(f"{device.address}drops/", number="1", note="The battery was empty.")
    assert (sent.headers["Location"], device.gaps()["dropped"]) == (device.address, [1])
    assert "The battery was empty." in browser.get_page(device.address)


# --- Constraints ----------------------------------------------------------------------------------------------


@all_cases(
    ("constraint", "change"), [
        ("tills_till_last_number", {"last_number": MAX_NUMBER + 1}),
        ("tills_till_open_name", {"name": "TILL 2"}),
    ],
)  # fmt: skip
def test_the_database_refuses_wrong_tills(device, alice, constraint, change):
    Device(alice, "till 2")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Till.objects.filter(pk=device.till.pk).update(**change)


@all_cases(("constraint", "number"), [("tills_drop_number", MAX_NUMBER + 1), ("tills_drop_once", 1)])
def test_the_database_refuses_wrong_drops(device, alice, constraint, number):
    row = {"owner": alice, "till": device.till, "note": "x", "made_by": alice, "made_by_username": "alice"}
    Drop.objects.create(number=1, **row)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Drop.objects.create(number=number, **row)
