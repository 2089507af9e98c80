"""Make, pair and close tills, and who may do this."""

import re
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from testing.cast.people import PASSWORD, client_of, client_with_key, make_key, make_product, make_user
from testing.cast.tills import Device
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases, with_app
from trade.tills import services
from trade.tills.models import Till
from users.access.permissions import Caller
from users.models import ApiKey, User
from users.services import change_user

TILLS = "/api/tills/"


def make(client, name="till 1"):
    return client.post(TILLS, {"name": name})


def pair(client, device):
    return client.post(f"{device.address}pair/")


def test_a_new_till_has_the_key_of_its_device_once(as_alice, alice):
    till = make(as_alice).json()
    assert {**till, "key": "", "created_at": ""} == {
        "id": till["id"], "name": "till 1", "user": alice.pk, "username": "alice", "prefix": f"till-{till['id']}-",
        "next_number": 1, "highest_number": 1000, "last_number": 0, "last_seen_at": None, "created_at": "",
        "revoked_at": None, "key": "",
    }  # fmt: skip
    shown = as_alice.get(f"{TILLS}{till['id']}/").json()
    assert shown == {name: value for name, value in till.items() if name != "key"}


def test_the_key_of_a_device_books_for_a_year_in_the_name_of_the_maker(as_bob, bob):
    key = make(as_bob).json()["key"]
    row = ApiKey.objects.get(user=bob)
    assert (row.name, row.scope, round((row.expires_at - row.created_at) / timedelta(days=1))) == (
        f"till {Till.objects.get().pk}",
        "book",
        365,
    )
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {key}").get("/api/products/").status_code == 200


@pytest.mark.quick
@all_cases("address", ["/api/products/", *with_app("labels", ["/api/scan/?code=POT-1"]), "/api/events/"])
def test_a_device_sees_no_costs_even_if_the_owner_has_paired_it(alice, address):
    make_product(alice, "Pot", 3, sku="POT-1", cost_price="77.70")
    shown = Device(alice).client.get(address)
    assert (shown.status_code, "77.70" in shown.text, "233.10" in shown.text) == (200, False, False)


def test_a_booking_of_an_owners_device_shows_no_costs(alice, as_alice):
    booked = Device(alice).book(1, make_product(alice, cost_price="77.70"), 2, movement_type="IN").json()
    assert booked["movements"][0]["value"] is None
    assert as_alice.get(f"/api/stock/operations/{booked['id']}/").json()["movements"][0]["value"] == "155.40"


def test_a_device_reads_the_numbers_of_its_own_till_alone(alice):
    front, back = Device(alice, "front"), Device(alice, "back")
    assert front.client.get(f"{front.address}gaps/").status_code == 200
    assert front.client.get(f"{back.address}gaps/").status_code == 404


def test_the_key_of_a_device_is_not_rolled_because_its_till_would_lose_it(alice, as_alice):
    device = Device(alice)
    key = ApiKey.objects.get(user=alice)
    refused = as_alice.post(f"/api/keys/{key.pk}/roll/", {"overlap_hours": 24})
    assert (refused.status_code, refused.json()["code"]) == (409, "key_of_device")
    assert device.gaps()["missing"] == []


def test_the_time_when_a_device_was_last_seen_is_shown(alice, as_alice):
    device = Device(alice)
    assert as_alice.get(device.address).json()["last_seen_at"] is None
    device.gaps()
    assert as_alice.get(device.address).json()["last_seen_at"] is not None


def test_two_open_tills_never_have_the_same_name(as_alice, alice):
    first = make(as_alice).json()
    refused = make(as_alice, "Till 1")
    taken = ["The shop has an open till with this name already."]
    assert (refused.status_code, refused.json()) == (400, {"name": taken})
    assert as_alice.delete(f"{TILLS}{first['id']}/").status_code == 204
    assert make(as_alice).status_code == 201


def test_a_shop_has_at_most_20_open_tills(as_alice, alice, monkeypatch):
    monkeypatch.setattr(services, "MAX_TILLS", 2)
    first, _ = make(as_alice, "a"), make(as_alice, "b")
    refused = make(as_alice, "c")
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (400, "too_many_tills", 2)
    as_alice.delete(f"{TILLS}{first.json()['id']}/")
    assert make(as_alice, "c").status_code == 201


@pytest.mark.quick
def test_an_owner_and_a_viewer_see_all_tills_and_a_worker_its_own(as_alice, as_bob, as_charlie, as_dora, alice, bob):
    viewer = make_user("vera", role="viewer", employer=alice)
    tills = [Device(alice, "front").till.pk, Device(bob, "back").till.pk]
    listed = {name: [row["id"] for row in client.get(TILLS).json()["results"]] for name, client in (
        ("alice", as_alice), ("bob", as_bob), ("charlie", as_charlie), ("viewer", client_of(viewer)),
    )}  # fmt: skip
    assert listed == {"alice": tills[::-1], "bob": tills[1:], "charlie": [], "viewer": tills[::-1]}
    assert as_dora.get(TILLS).status_code == 403


@pytest.mark.quick
@all_cases("method", ["get", "delete", "pair"])
def test_only_the_maker_and_the_owner_reach_a_till(alice, as_bob, as_charlie, method):
    address = Device(alice).address
    for client in (as_bob, as_charlie):
        answer = client.post(f"{address}pair/") if method == "pair" else getattr(client, method)(address)
        assert answer.status_code == 404


def test_no_key_makes_pairs_or_closes_a_till(alice):
    device = Device(alice)
    for client in (device.client, client_with_key(alice, "manage")):
        refused = [
            client.post(TILLS, {"name": "x"}),
            client.post(f"{device.address}pair/"),
            client.delete(device.address),
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(403, "key_scope")}


@pytest.mark.quick
def test_pairing_needs_a_fresh_proof(alice, as_alice, settings):
    device = Device(alice)
    settings.PROOF_SECONDS = 0
    refused = [make(as_alice, "x"), as_alice.post(f"{device.address}pair/")]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(403, "proof_required")}


def test_pairing_again_stops_the_key_before(alice, as_alice):
    device = Device(alice)
    paired = pair(as_alice, device).json()
    assert device.client.get("/api/products/").json()["code"] == "key_revoked"
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {paired['key']}").get("/api/products/").status_code == 200


def test_a_device_books_in_the_name_of_who_has_paired_it_last(bob, as_bob, as_alice, kettle):
    device, names = Device(bob), []
    for number, client in enumerate([None, as_alice, as_bob], start=1):
        if client:
            device.client = APIClient(HTTP_AUTHORIZATION=f"Bearer {pair(client, device).json()['key']}")
        names.append(device.book(number, kettle, movement_type="IN").json()["performed_by_username"])
    assert names == [f"{name}/till {device.till.pk}" for name in ("bob", "alice", "bob")]
    assert as_alice.get(device.address).json()["username"] == "bob"


def test_pairing_a_till_of_somebody_else_stops_the_key_before(bob, as_alice):
    device = Device(bob)
    pair(as_alice, device)
    assert device.client.get("/api/products/").json()["code"] == "key_revoked"


@all_cases("fields", [{"employer": None}, {"is_active": False}])
def test_an_owner_goes_on_with_the_till_of_a_worker_who_has_left(alice, bob, as_alice, kettle, fields):
    device = Device(bob)
    User.objects.filter(pk=bob.pk).update(**fields)
    paired = pair(as_alice, device).json()
    device.client = APIClient(HTTP_AUTHORIZATION=f"Bearer {paired['key']}")
    assert device.book(1, kettle, movement_type="IN").json()["performed_by"] == alice.pk


def test_a_device_stops_when_its_maker_goes_to_another_shop(alice, bob, charlie):
    """It stands in the former shop, where others would read the new one. Other keys go with their user."""
    Device(bob)
    make_key(bob)
    change_user(by=Caller(), user=bob, employer=charlie)
    assert set(ApiKey.objects.filter(revoked_at=None).values_list("is_device", flat=True)) == {False}


@pytest.mark.quick
def test_a_closed_till_keeps_its_row_and_its_key_ends(alice, as_alice):
    device = Device(alice)
    assert as_alice.delete(device.address).status_code == 204
    assert as_alice.get(device.address).json()["revoked_at"] is not None
    assert device.client.get("/api/products/").status_code == 401
    again = [as_alice.delete(device.address), as_alice.post(f"{device.address}pair/")]
    assert {(answer.status_code, answer.json()["code"]) for answer in again} == {(409, "till_closed")}


@all_cases("name", ["", " ", "x" * 65, None, 7, "a\u202eb"])
def test_a_till_needs_a_name(as_alice, name):
    refused = as_alice.post(TILLS, {"name": name})
    assert (refused.status_code, Till.objects.count()) == (400, 0)


def test_the_pages_make_pair_and_close_a_till(alice):
    browser = Browser(alice)
    keys = [re.findall(r'<code id="shown-once">(inv_[^<]+)</code>', browser.post(TILLS, name="front").text)]
    till = Till.objects.get()
    assert browser.list_buttons(f"{TILLS}{till.pk}/") == ["Give up a number", "Pair another device", "Close"]
    keys.append(re.findall(r'<code id="shown-once">(inv_[^<]+)</code>', browser.post(f"{TILLS}{till.pk}/pair/").text))
    assert [len(one) for one in keys] == [1, 1]
    assert keys[0] != keys[1]
    assert not any(key in browser.get_page(f"{TILLS}{till.pk}/") for [key] in keys)
    page = browser.get_page(f"/shop/delete/tills/{till.pk}/")
    assert ("<h1>Close: front</h1>" in page, "Close a till for ever" in page) == (True, True)
    values = read_task(page)
    assert browser.delete(f"{TILLS}{till.pk}/").headers["Location"] == TILLS
    assert Till.objects.get().revoked_at is not None
    assert browser.list_buttons(f"{TILLS}{till.pk}/") == ["Give up a number"]
    refused = browser.client.post(f"/shop/delete/tills/{till.pk}/", values)
    assert (refused.status_code, "closed" in refused.text) == (409, True)


def test_a_form_asks_for_a_proof_and_is_sent_with_it(alice):
    browser, page = Browser(alice), "/shop/form/tills/"
    values = browser.task_values(page) | {"name": ["front"]}
    session = browser.client.session
    session["proved_at"] = 0
    session.save()
    asking = browser.client.post(page, values)
    assert (asking.status_code, read_task(asking.text)["name"]) == (403, ["front"])
    assert ("type your password" in asking.text, "/api/auth/proof/" in asking.text) == (True, False)
    wrong = browser.client.post(page, read_task(asking.text) | {"_proof": ["Zebra-secret-9"]})
    assert (wrong.status_code, read_task(wrong.text)["_proof"], Till.objects.count()) == (403, [""], 0)
    sent = browser.client.post(page, read_task(wrong.text) | {"_proof": [PASSWORD]})
    assert (sent.status_code, "inv_" in sent.text, Till.objects.get().name) == (201, True, "front")
