"""Erasing a person: nothing tells any more who it was, and what it has booked stays, with valid seals."""

import json
import re
from datetime import timedelta
from functools import partial
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from ops.backups import find_program, run_program
from records.events.webhooks.models import DeliveryAttempt
from records.idempotency.models import IdempotencyKey
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, Operation, OperationReason, Performer
from stock.proofs.services import seal_account
from stock.proofs.verification import find_breaks
from testing.cast.factors import add_app, add_passkey, begin_sign_in
from testing.cast.people import PASSWORD, client_of, make_key, make_user
from testing.cast.sheets import OpenSheet
from testing.cast.tills import Device
from testing.laws.record import Kind, Record
from testing.laws.walk import generate_schema
from testing.races import run_behind_lock, run_concurrently
from testing.reading.browser import Browser
from trade.reservations.models import Reservation
from trade.selling.services import book
from users.access.permissions import Caller
from users.access.roles import Role
from users.leaving import services
from users.leaving.services import REPEAT_SECONDS, Repetitions, repeat_erasing
from users.models import ApiKey, Challenge, EventKind, Factor, KnownNetwork, Notices, RefreshFamily, SecurityEvent, User
from users.services import reactivate
from users.sign_in import password_services

# On Citus, a transaction of the test would hide what Citus checks only when the transaction is committed.
pytestmark = [pytest.mark.django_db(transaction=settings.DB_CITUS)]
NAME, FORMER_NAME = "Zebulon", "Quentin-Ö"
EMAIL, PHONE = "zebulon@private.example", "+43 555 987 654"
TRACES = re.compile("zebulon|quentin|private\\.example|987 654", re.IGNORECASE)
COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables
USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1, 2
"""


def erase(client, user):
    return client.post(f"/api/users/{user.pk}/erase/")


def find_traces():
    """Return the columns of the database in which the person is found."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        found = []
        for table, column, kind in cursor.fetchall():
            text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT {text} FROM "{table}"')
            found += [(table, column, value) for (value,) in cursor.fetchall() if value and is_trace(value)]
        return found


def is_trace(text):
    """Return whether the text has a trace. Bytes beyond ASCII are written as \\303 in bytea."""
    return bool(TRACES.search(text.replace("\\303\\226", "Ö")))


@pytest.fixture
def shop(world):
    """Return Alice's shop in which Bob, under two names, has done what leaves his name somewhere."""
    shop = world.shops["alice"]
    alice, bob = shop.owner, world.users["bob"]
    as_alice, as_bob = client_of(alice), client_of(bob)
    for name in (FORMER_NAME, NAME):
        body = {"username": name, "email": f"{name[0]}{EMAIL}", "phone": PHONE}
        assert as_alice.patch(f"/api/users/{bob.pk}/", body).status_code == 200
        write_as(as_bob, shop, name)
    bob.refresh_from_db()
    _, key = make_key(bob, f'{NAME}\'s "till"')
    with_key = Client(headers={"Authorization": f"Bearer {key}"})
    sale = {"product": shop.products[0].pk, "movement_type": "IN", "quantity": 1}
    assert with_key.post("/api/stock/", sale, "application/json", headers={"Idempotency-Key": "k"}).status_code == 201
    client_of(None).post("/api/login/", {"username": NAME, "password": PASSWORD})
    new = {"username": f"{NAME}-2", "password": PASSWORD, "email": f"2{EMAIL}", "phone": PHONE}
    as_alice.post("/api/users/", new, headers={"Idempotency-Key": "worker"})
    sell_at_till(Device(bob, f"{NAME}'s counter"), as_alice, shop)
    User.objects.filter(pk=bob.pk).update(first_name=NAME, last_name=NAME)
    DeliveryAttempt.objects.filter(owner=alice).update(answer=f'{{"by": "{NAME}"}}')
    entry = {
        "user": world.users["helen"],
        "content_type": ContentType.objects.get_for_model(User),
        "action_flag": CHANGE,
    }
    LogEntry.objects.create(**entry, object_id=str(bob.pk), object_repr=NAME, change_message=f"for {NAME}")
    seal_account(owner_id=alice.pk)
    return shop


def sell_at_till(device, as_alice, shop):
    """Book under the numbers of the till, first for who made it, then for the owner, who pairs it."""
    product, number = shop.products[0], device.till.last_number
    assert device.book(number + 1, product, movement_type="IN").status_code == 201
    key = as_alice.post(f"{device.address}pair/").json()["key"]
    device.client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert device.book(number + 2, product, movement_type="IN").status_code == 201
    assert device.drop(number + 3).status_code == 201


def write_as(client, shop, name):
    """Book and reserve, each with an Idempotency-Key."""
    line = {"product": shop.products[0].pk, "quantity": 1}
    calls = {
        "/api/stock/": {**line, "movement_type": "IN"},
        "/api/stock/operations/": {"reason": "purchase", "lines": [{**line, "movement_type": "IN"}]},
        "/api/stock/reservations/": {"lines": [line]},
    }
    for address, body in calls.items():
        response = client.post(address, body, headers={"Idempotency-Key": f"{address} {len(name)}"})
        assert response.status_code == 201, response.content
        assert name in response.content.decode()


def test_the_search_finds_the_person_before_it_is_erased(shop):
    """This is the negative control."""
    assert {table for table, _, _ in find_traces()} == {
        "users_user", "users_apikey", "stock_performer", "reservations_reservation", "history_change",
        "idempotency_idempotencykey", "events_deliveryattempt", "django_admin_log", "tills_till",
    }  # fmt: skip


def test_an_erased_name_is_in_no_table(world, shop):
    for user in User.objects.filter(username__startswith=NAME):
        assert erase(client_of(shop.owner), user).status_code == 200
    assert find_traces() == []


def test_an_erased_name_is_in_no_response_and_no_page(world, shop):
    for user in User.objects.filter(username__startswith=NAME):
        erase(client_of(shop.owner), user)
    for sent in Record(world, "alice", methods={"GET"}).get(Kind.VALID, Kind.CSV, Kind.PAGE):
        assert not is_trace(sent.answer.content), sent


def write_dump(folder):
    """Return a backup of the database as text. The bytes in it are written as text, as far as they are one."""
    file = folder / "shop.sql"
    run_program(find_program("pg_dump"), "--format=plain", f"--file={file}")
    return re.sub(r"\\\\x([0-9a-f]+)", lambda found: bytes.fromhex(found[1]).decode(errors="replace"), file.read_text())


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(settings.DB_CITUS, reason="a backup of the coordinator has no rows of the shards")
def test_an_erased_name_is_in_no_backup_made_afterwards(world, shop, tmp_path):
    dump = write_dump(tmp_path)
    assert TRACES.search(dump)
    # One is in a stored response, the other in a row.
    texts = [f'"performed_by_username":"{NAME}"', f"\t{NAME}\t"]
    assert all(text in dump for text in texts)
    for user in User.objects.filter(username__startswith=NAME):
        erase(client_of(shop.owner), user)
    dump = write_dump(tmp_path)
    assert TRACES.search(dump) is None
    assert new_name(world) in dump


# --- What stays ---------------------------------------------------------------------------------------------


def test_bookings_sums_and_seals_stay_valid(world, shop):
    operations = list(Operation.objects.filter(owner=shop.owner).order_by("pk").values())
    erase(client_of(shop.owner), world.users["bob"])
    assert list(Operation.objects.filter(owner=shop.owner).order_by("pk").values()) == operations
    assert find_breaks(shop.owner.pk) == []
    performers = Performer.objects.filter(user=world.users["bob"])
    assert {name.split("/")[0] for name in performers.values_list("name", flat=True)} == {new_name(world)}
    assert not performers.exclude(salt=None).exists()


def new_name(world):
    return f"user-{world.users['bob'].pk}"


def test_everything_shows_the_new_name(world, shop):
    bob, as_alice = world.users["bob"], client_of(shop.owner)
    assert erase(as_alice, bob).json()["username"] == new_name(world)
    [booked, *_] = as_alice.get(f"/api/stock/?performed_by={bob.pk}").json()["results"]
    [reserved, *_] = as_alice.get("/api/stock/reservations/").json()["results"]
    changed = as_alice.get(f"/api/users/{bob.pk}/changes/").json()["results"]
    names = {booked["performed_by_username"].split("/")[0], reserved["made_by_username"]}  # the till stays in the name
    assert names == {new_name(world)}
    assert {"username", "email", "phone"} <= changed[0]["changes"].keys()
    assert changed[0]["changes"]["username"] == changed[0]["changes"]["email"] == [None, None]


def test_a_replay_has_the_same_effect_and_the_new_name(world, shop):
    body = {"product": shop.products[0].pk, "movement_type": "IN", "quantity": 1}
    headers = {"Idempotency-Key": f"/api/stock/ {len(NAME)}"}
    before = IdempotencyKey.objects.get(owner=shop.owner, key=headers["Idempotency-Key"])
    erase(client_of(shop.owner), world.users["bob"])
    after = client_of(shop.owner).post("/api/stock/", body, headers=headers)
    assert (after.status_code, after.headers["Idempotent-Replayed"]) == (201, "true")
    assert json.loads(bytes(before.body)) | {"performed_by_username": new_name(world)} == after.json()


def test_the_stored_responses_of_others_stay_byte_for_byte(world, shop):
    others = IdempotencyKey.objects.exclude(owner=shop.owner).order_by("pk")
    before = list(others.values())
    erase(client_of(shop.owner), world.users["bob"])
    assert list(others.values()) == before


def test_the_name_of_a_user_follows_its_id_in_every_schema():
    """Stored responses are searched by the id that precedes the name."""
    schemas = generate_schema()["components"]["schemas"].values()
    for names in (list(schema.get("properties", {})) for schema in schemas):
        for name in [name for name in names if name.endswith("username")]:
            before = names[names.index(name) - 1] if names.index(name) else ""
            is_stored = "expires_at" not in names or "scope" not in names  # the answer about a key is not stored
            assert not before or before in ("id", "user", name.removesuffix("_username")) or not is_stored, names


def test_a_till_is_named_by_its_number_if_its_maker_is_erased(as_alice, bob):
    device, closed = Device(bob, "bob's counter"), Device(bob, "bob's phone")
    as_alice.post("/api/tills/", {"name": f"Till {device.till.pk}"})
    as_alice.delete(closed.address)
    erase(as_alice, bob)
    assert [till.reload().name for till in (device, closed)] == [
        f"till {device.till.pk} (2)", f"till {closed.till.pk}"
    ]  # fmt: skip
    bob.refresh_from_db()
    repeat_erasing(bob)
    assert device.reload().name == f"till {device.till.pk} (2)"


def test_the_till_of_another_user_keeps_its_name(as_alice, alice, bob):
    device = Device(alice, "front")
    erase(as_alice, bob)
    assert device.reload().name == "front"


# --- The end of the sign-in ---------------------------------------------------------------------------------


def test_an_erased_user_never_signs_in_again(settings, as_alice, as_bob, bob):
    User.objects.filter(pk=bob.pk).update(email=EMAIL)
    bob.refresh_from_db()
    _, key = make_key(bob)
    reset = {
        "uid": password_services.encode_uid(bob),
        "token": password_services.RESET.make_token(bob),
        "new_password": "coffee-at-noon-7",
    }
    browser = Client()
    browser.force_login(bob)
    assert erase(as_alice, bob).status_code == 200
    with_key = Client(headers={"Authorization": f"Bearer {key}"})
    assert [client.get("/api/products/").status_code for client in (as_bob, browser, with_key)] == [401] * 3
    for name in ("bob", EMAIL, f"user-{bob.pk}"):
        assert client_of(None).post("/api/login/", {"username": name, "password": PASSWORD}).status_code == 401
    assert client_of(None).post("/api/auth/password/reset/confirm/", reset).json()["code"] == "reset_invalid"
    changes = ({"is_active": True}, {"password": PASSWORD}, {"email": EMAIL})
    assert [as_alice.patch(f"/api/users/{bob.pk}/", one).json()["code"] for one in changes] == ["erased"] * 3
    assert not reactivate(by=Caller(), user=bob)
    assert not KnownNetwork.objects.filter(user=bob).exists()


def test_an_erased_user_has_no_second_factor(as_alice, bob):
    add_app(bob)
    begin_sign_in(bob)
    assert erase(as_alice, bob).status_code == 200
    bob.refresh_from_db()
    assert bob.second_factor_since is None
    assert not Factor.objects.filter(user=bob).exists()
    assert not Challenge.objects.filter(user=bob).exists()


@pytest.mark.quick
def test_the_keys_of_an_erased_user_lose_their_names_and_networks(as_alice, bob):
    (key, _), (former, _), revoked_at = make_key(bob, f"till of {NAME}"), make_key(bob, NAME), timezone.now()
    ApiKey.objects.filter(pk=key.pk).update(networks=["10.0.0.0/24"])
    ApiKey.objects.filter(pk=former.pk).update(revoked_at=revoked_at)
    assert erase(as_alice, bob).status_code == 200
    for one in (key, former):
        one.refresh_from_db()
        assert (one.name, one.networks) == (one.prefix, [])
    assert key.revoked_at > former.revoked_at == revoked_at


@pytest.mark.quick
def test_the_network_addresses_of_an_erased_user_are_gone_and_those_of_others_stay(as_alice, alice, bob):
    for user, actor in ((bob, None), (bob, alice), (alice, bob), (alice, None)):
        values = {"kind": EventKind.PASSWORD_CHANGED, "address": "192.0.2.7"}
        SecurityEvent.objects.create(user=user, actor=actor, account=alice, **values)
    assert erase(as_alice, bob).status_code == 200
    left = SecurityEvent.objects.exclude(address="")
    assert [(event.user_id, event.actor_id, event.address) for event in left] == [(alice.pk, None, "192.0.2.7")]


OF_USERS = (ApiKey, Factor, Challenge, KnownNetwork, RefreshFamily)


def leave_rows(user, other_id):
    """Let the user leave a row in each of OF_USERS, and three in the log of the support desk."""
    key, _ = make_key(user)
    add_app(user)
    begin_sign_in(user)
    KnownNetwork.objects.create(user=user, network="192.0.2.0/24", token_version=0, used_at=Now())
    client_of(user)
    for model, pk in ((User, user.pk), (ApiKey, key.pk), (Group, other_id)):
        kind = ContentType.objects.get_for_model(model)
        entry = {"content_type": kind, "object_id": str(pk), "object_repr": NAME, "change_message": NAME}
        LogEntry.objects.create(user=user, action_flag=CHANGE, **entry)


def find_left(user):
    """Return the rows that leave_rows() has made, with their values."""
    return {model: [*model.objects.filter(user=user).order_by("pk").values()] for model in (*OF_USERS, LogEntry)}


@pytest.mark.quick
def test_nothing_is_left_of_an_erased_user_and_all_of_others(as_alice, bob, charlie):
    for user in (bob, charlie):
        leave_rows(user, bob.pk)
    before, key = find_left(charlie), ApiKey.objects.get(user=bob)
    assert [model for model, rows in before.items() if not rows] == []
    assert erase(as_alice, bob).status_code == 200
    assert find_left(charlie) == before
    left = find_left(bob)
    assert {model for model, rows in left.items() if rows} == {ApiKey, LogEntry}
    assert {(one["object_repr"], one["change_message"]) for one in left[LogEntry]} == {
        (f"user {bob.pk}", ""), (f"API key {key.pk}", ""), (NAME, NAME)
    }  # fmt: skip


@pytest.mark.quick
def test_erased_staff_has_no_rights_and_gets_no_notices(dora):
    User.objects.filter(pk=dora.pk).update(is_staff=True, is_superuser=True, notices=Notices.DAILY)
    assert services.erase_if_possible(by=Caller(), user=dora)
    assert (dora.is_staff, dora.is_superuser, dora.notices, dora.is_active) == (False, False, Notices.OFF, False)
    assert not services.erase_if_possible(by=Caller(), user=dora)


def test_a_factor_that_was_added_meanwhile_is_removed_later(as_alice, bob):
    erase(as_alice, bob)
    add_passkey(bob)
    repeat_erasing(bob)
    bob.refresh_from_db()
    assert (bob.second_factor_since, Factor.objects.filter(user=bob).count()) == (None, 0)


def test_a_person_erases_itself(as_bob, bob):
    assert erase(as_bob, bob).json()["username"] == f"user-{bob.pk}"
    assert as_bob.get("/api/users/me/").status_code == 401
    [event] = SecurityEvent.objects.filter(user=bob)
    assert (event.kind, event.address, event.actor) == (EventKind.PERSON_ERASED, "", None)


def test_a_former_owner_is_erased_and_its_shop_stays_open(as_alice, alice, bob, kettle):
    as_alice.post("/api/account/hand-over/", {"user": bob.pk, "password": PASSWORD})
    as_bob = client_of(User.objects.get(pk=bob.pk))
    assert erase(as_bob, alice).json()["username"] == f"user-{alice.pk}"
    [movement] = as_bob.get("/api/stock/").json()["results"]
    assert movement["performed_by_username"] == f"user-{alice.pk}"
    assert client_of(User.objects.get(pk=alice.pk)).get("/api/products/").status_code == 401


# --- Refusals -----------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_an_owner_is_erased_by_closing_its_shop(as_alice, alice):
    assert (erase(as_alice, alice).status_code, erase(as_alice, alice).json()["code"]) == (409, "leads_shop")


def test_a_person_is_erased_once(as_alice, bob):
    erase(as_alice, bob)
    again = erase(as_alice, bob)
    assert (again.status_code, again.json()["code"]) == (409, "erased")


def test_nobody_erases_colleagues_and_users_of_other_shops(as_bob, as_charlie, alice, bob):
    erin = make_user("erin", role=Role.WORKER)
    User.objects.filter(pk=erin.pk).update(employer=alice)
    for client, user in ((as_bob, alice), (as_bob, erin), (as_charlie, bob)):
        assert erase(client, user).status_code == 404


def test_the_next_free_name_is_taken(as_alice, bob):
    for name in (f"User-{bob.pk}", f"user-{bob.pk}-2"):
        make_user(name)
    assert erase(as_alice, bob).json()["username"] == f"user-{bob.pk}-3"


# --- At the same time ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_one_erases(alice, bob):
    clients = [client_of(alice), client_of(alice)]
    answers = run_concurrently(*(partial(erase, client, bob) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.django_db(transaction=True)
def test_a_user_without_a_shop_is_erased_once(dora):
    erase = partial(services.erase_if_possible, by=Caller(), user=dora)
    assert run_behind_lock(erase, erase) is False
    assert SecurityEvent.objects.filter(user=dora, kind=EventKind.PERSON_ERASED).count() == 1


def book_late(world, shop):
    """Book as a request does that has read the name of the user before the user was erased."""
    bob = world.users["bob"]
    for user in User.objects.filter(username__startswith=NAME):
        erase(client_of(shop.owner), user)
    bob.username = NAME
    draft = OperationDraft(by=bob, reason=OperationReason.PURCHASE)
    return book(draft=draft, lines=[BookingLine(by_id(shop.products[0].pk), MovementType.IN, 1)])[0].operation


def test_a_booking_that_ends_after_the_erasure_has_the_new_name_at_once(world, shop):
    """So no webhook and no reader of the feed sees the former name again."""
    booked = book_late(world, shop)
    assert find_traces() == []
    performer = Operation.objects.get(pk=booked.pk).performer
    assert (performer.name, performer.salt, len(performer.digest)) == (new_name(world), None, 32)
    assert find_breaks(shop.owner.pk) == []
    seal_account(owner_id=shop.owner.pk)
    assert find_breaks(shop.owner.pk) == []


def test_what_a_running_request_writes_afterwards_is_removed_by_the_worker(world, shop):
    bob, owner = world.users["bob"], shop.owner
    body = f'{{"performed_by":{bob.pk},"performed_by_username":"{NAME}/a \\"b\\""}}'.encode()
    book_late(world, shop)
    late = Reservation.objects.filter(owner=owner, made_by=bob).first()
    Reservation.objects.filter(owner=owner, pk=late.pk).update(made_by_username=NAME)
    IdempotencyKey.objects.create(
        owner=owner, key="late", fingerprint="", status=201, body=body, created_at=timezone.now()
    )
    assert {table for table, _, _ in find_traces()} == {"reservations_reservation", "idempotency_idempotencykey"}
    Repetitions().repeat_due()
    assert find_traces() == []


def test_an_erasure_is_repeated_within_seconds_and_again_when_its_age_has_doubled(as_alice, bob, monkeypatch):
    erase(as_alice, bob)
    repeated, repetitions = [], Repetitions()
    monkeypatch.setattr("users.leaving.services.repeat_erasing", lambda _: repeated.append(age))
    for age in (3, 5, 8, 13, 18, 23, 28, 60, 100, 130, 3602, 7205):  # the worker looks every REPEAT_SECONDS
        User.objects.filter(pk=bob.pk).update(erased_at=Now() - timedelta(seconds=age))
        repetitions.repeat_due()
    assert (repeated, REPEAT_SECONDS) == ([3, 8, 18, 60, 130, 3602], 5)


def test_a_repetition_that_fails_is_tried_again(as_alice, bob, monkeypatch):
    erase(as_alice, bob)
    repetitions = Repetitions()
    monkeypatch.setattr("users.leaving.services.forget_person", Mock(side_effect=[OperationalError, None]))
    User.objects.filter(pk=bob.pk).update(erased_at=Now() - timedelta(seconds=5))
    with pytest.raises(OperationalError):
        repetitions.repeat_due()
    User.objects.filter(pk=bob.pk).update(erased_at=Now() - timedelta(seconds=10))
    repetitions.repeat_due()


# --- Pages and the support desk -----------------------------------------------------------------------------


def test_the_page_of_a_worker_has_the_button_and_the_form_says_what_it_does(alice, bob):
    browser, address = Browser(alice), f"/shop/form/users/{bob.pk}/erase/"
    assert address in browser.get_page(f"/api/users/{bob.pk}/")
    assert "bob can never sign in again" in browser.get_page(address)
    assert browser.send_task(address).headers["Location"] == "/api/users/"
    page = browser.get_page(f"/api/users/{bob.pk}/")
    assert (f"user-{bob.pk}" in page, address in page) == (True, False)


@pytest.mark.parametrize(("reason", "is_erased"), [("asked by letter", True), (" ", False)])
def test_the_support_desk_erases_with_a_reason(support, alice, bob, reason, is_erased):
    ids = [alice.pk, bob.pk]
    support.post("/admin/users/user/", {"action": "erase", "_selected_action": ids, "reason": reason})
    erased = User.objects.exclude(erased_at=None)
    assert list(erased) == ([bob] if is_erased else [])
    entries = LogEntry.objects.filter(object_id=str(bob.pk))
    assert [(one.object_repr, one.change_message) for one in entries] == (
        [(f"user-{bob.pk}", "Erased (asked by letter).")] if is_erased else []
    )
    assert support.post(f"/admin/users/user/{bob.pk}/change/", {}).status_code == (403 if is_erased else 200)


def test_an_erased_name_is_not_in_the_stored_responses_of_counting_sheets(as_alice, as_bob, alice, bob, kettle):
    sheet = OpenSheet(as_alice, kettle)
    line = {"product": kettle.pk, "quantity": 1}
    sheet.send([line], as_bob, headers={"Idempotency-Key": "entered"})
    assert b'"bob"' in bytes(IdempotencyKey.objects.get(key="entered").body)
    erase(as_alice, bob)
    assert b'"bob"' not in bytes(IdempotencyKey.objects.get(key="entered").body)
