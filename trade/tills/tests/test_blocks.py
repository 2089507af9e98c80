"""A number that a device may have given is given to no other booking, although nobody knows whether it was."""

from functools import partial

import pytest
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.cast.tills import Device
from testing.races import disable_locks, let_meet, try_concurrently
from testing.tables import all_cases
from trade.tills import reading, services
from trade.tills.models import MAX_NUMBER, Till
from users.models import User


@pytest.fixture
def device(alice, kettle):
    """Return the device of a till that has booked number 1, and may have given further numbers without a network."""
    device = Device(alice)
    assert device.book(1, kettle, movement_type="IN").status_code == 201
    return device


def ranges(device):
    return [(one["first"], one["last"]) for one in device.gaps()["may_be_missing"]]


@pytest.mark.quick
def test_a_device_without_its_numbers_begins_above_all_that_it_may_have_given(device, as_alice, kettle):
    paired = device.pair(as_alice)
    assert (paired["next_number"], paired["highest_number"]) == (1002, 2001)
    assert device.book(1002, kettle, movement_type="IN").status_code == 201
    assert device.gaps() == {
        "last": 1002, "missing": [], "dropped": [], "may_be_missing": [{"first": 2, "last": 1001}], "next": None,
    }  # fmt: skip


def test_a_device_that_has_kept_its_numbers_goes_on_with_the_next_one(device, as_alice, kettle):
    assert device.pair(as_alice, has_numbers=True)["next_number"] == 2
    device.book(4, kettle, movement_type="IN")
    assert (device.gaps()["missing"], ranges(device)) == ([2, 3], [])


def test_the_numbers_of_a_device_prove_nothing_about_the_one_after_it(device, as_alice):
    """The first device still has its numbers. The second one may have given others since."""
    first = device.reload().key_prefix
    device.pair(as_alice)
    assert as_alice.post(f"{device.address}pair/?key_prefix={first}").json()["next_number"] == 2002


def test_what_arrives_after_all_and_what_is_given_up_is_no_longer_in_a_range(device, as_alice, kettle):
    device.pair(as_alice)
    device.book(3, kettle, movement_type="IN")
    device.drop(1001)
    assert (ranges(device), device.gaps()["missing"]) == ([(2, 2), (4, 1000)], [])


def test_numbers_that_are_missing_below_a_booked_one_stay_missing(device, as_alice, kettle):
    device.book(3, kettle, movement_type="IN")
    device.pair(as_alice)
    assert (device.gaps()["missing"], ranges(device)) == ([2], [(4, 1003)])


@all_cases(("has_numbers", "found"), [(False, [(2, 1001)]), (True, [])])
def test_a_closed_till_lists_what_its_device_may_have_given(device, as_alice, has_numbers, found):
    proof = f"?key_prefix={device.reload().key_prefix}" if has_numbers else ""
    assert as_alice.delete(f"{device.address}{proof}").status_code == 204
    device.client = as_alice
    assert (device.gaps()["last"], device.gaps()["missing"], ranges(device)) == (1, [], found)


def test_a_program_of_the_release_before_goes_on_with_its_own_numbers(device, as_alice, kettle):
    """It has kept them, and does not say so when it is paired again."""
    device.pair(as_alice)
    assert [device.book(number, kettle, movement_type="IN").status_code for number in (2, 3, 1002)] == [201] * 3
    assert ranges(device) == [(4, 1001)]


def test_the_last_numbers_of_a_till_are_given_once(device, as_alice, alice):
    Till.objects.filter(pk=device.till.pk).update(last_number=MAX_NUMBER - 1)
    answers = [device.pair(as_alice) for _ in range(2)]
    assert {(one["next_number"], one["highest_number"]) for one in answers} == {(MAX_NUMBER + 1, MAX_NUMBER)}
    assert reading.find_gaps(alice.pk, [device.till.pk])[0].unproven == (range(MAX_NUMBER, MAX_NUMBER + 1),)


def test_ranges_are_read_in_parts(device, as_alice, kettle, monkeypatch):
    monkeypatch.setattr(reading, "MAX_NUMBERS", 1)
    device.pair(as_alice)
    device.book(500, kettle, movement_type="IN")
    first, rest = device.gaps(), device.client.get(f"{device.address}gaps/?after=2").json()
    assert [(one["may_be_missing"], one["next"]) for one in (first, rest)] == [
        ([{"first": 2, "last": 499}], 2), ([{"first": 501, "last": 1001}], 501),
    ]  # fmt: skip


@pytest.mark.quick
def test_the_page_of_a_till_shows_the_range_once(device, alice, as_alice):
    device.pair(as_alice)
    browser = Client(headers={"Accept": "text/html"})
    browser.force_login(alice)
    assert "2–1001" in browser.get(device.address).text


def test_the_support_desk_shows_the_range(device, as_alice):
    device.pair(as_alice)
    browser = Client()
    browser.force_login(User.objects.create_user("sam", password=PASSWORD, is_staff=True, is_superuser=True))
    assert "2–1001" in browser.get(f"/admin/tills/till/{device.till.pk}/change/").text


def test_a_range_is_an_event(device, as_alice):
    device.pair(as_alice)
    device.pair(as_alice, has_numbers=True)
    as_alice.delete(device.address)
    events = as_alice.get("/api/events/?type=till.unproven").json()["events"]
    assert [(event["data"]["first"], event["data"]["last"]) for event in events] == [(2, 1001), (1002, 2001)]


# --- At the same time -----------------------------------------------------------------------------------------


def pair_at_once(device, client):
    """Pair the till for eight devices at the same time. Return the numbers with which they begin."""
    answers = try_concurrently(*[partial(client.post, f"{device.address}pair/")] * 8)
    assert {answer.status_code for answer in answers} == {201}
    return sorted(answer.json()["next_number"] for answer in answers)


@pytest.mark.django_db(transaction=True)
def test_devices_that_are_paired_at_the_same_time_have_no_number_in_common(device, as_alice):
    assert pair_at_once(device, as_alice) == [1002 + 1000 * number for number in range(8)]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_two_devices_begin_with_one_number(device, as_alice, monkeypatch):
    disable_locks(monkeypatch)
    let_meet(monkeypatch, services, "lock_open_till", 8)
    assert len(set(pair_at_once(device, as_alice))) == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_device_books_while_another_one_is_paired_is_below_the_numbers_of_that_one(device, alice, kettle):
    jobs = [partial(device.book, number, kettle, 1, "IN") for number in range(2, 18)]
    *booked, paired = try_concurrently(*jobs, partial(client_of(alice).post, f"{device.address}pair/"))
    begun, last = paired.json()["next_number"], device.reload().last_number
    assert begun == last + 1 >= 1002
    assert {answer.status_code for answer in booked} <= {201, 401, 403}
    assert all(number < begun for numbers in device.till.booked for number in numbers)
