"""The names under which users book. Each name has one row, which can be erased while the seals stay valid."""

from functools import partial
from hashlib import sha256

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.ownership import save_fields
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, Operation, OperationReason, Performer
from stock.proofs.services import seal_account
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.races import try_concurrently
from testing.tables import all_cases
from trade.selling.services import book_one
from users.models import ApiKey

pytestmark = [pytest.mark.django_db, pytest.mark.measured]

ERASE = "UPDATE stock_performer SET name = 'user-7', salt = NULL"
SALT, NAME = bytes(range(16)), "bob"


def sell(user, product):
    return book_one(
        draft=OperationDraft(by=user, reason=OperationReason.SALE),
        line=BookingLine(by_id(product.pk), MovementType.OUT, 1),
    ).operation


def run_statement(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def get_violated_constraint(statement, *values):
    """Run a refused statement, and return the name of the constraint that refuses it."""
    with pytest.raises(IntegrityError) as refused:
        run_statement(statement, *values)
    return refused.value.__cause__.diag.constraint_name


# --- Booking ------------------------------------------------------------------------------------------------


def test_all_bookings_under_a_name_share_its_row(alice, bob, kettle):
    sell(bob, kettle)
    operation = sell(bob, kettle)
    performer = Performer.objects.get(user=bob)
    assert (performer.owner, performer.name, operation.performer) == (alice, "bob", performer)
    assert bytes(performer.digest) == sha256(bytes(performer.salt) + b"bob").digest()
    assert set(Operation.objects.filter(performed_by=bob).values_list("performer", flat=True)) == {performer.pk}


def test_a_new_name_of_a_user_gets_a_row_and_the_old_one_stays(bob, kettle):
    sell(bob, kettle)
    bob.username = "Größe"
    sell(bob, kettle)
    names = Performer.objects.filter(user=bob).order_by("id")
    assert [performer.name for performer in names] == ["bob", "Größe"]
    assert bytes(names[1].digest) == sha256(bytes(names[1].salt) + "Größe".encode()).digest()


def test_two_names_have_different_salts(alice, bob, kettle):
    sell(bob, kettle)
    first, second = Performer.objects.all()
    assert bytes(first.salt) != bytes(second.salt)


def test_the_first_booking_under_a_name_takes_no_more_statements_on_one_server(settings, bob, kettle):
    settings.DB_CITUS = False
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            sell(bob, kettle)
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- Races --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_first_bookings_at_once_do_not_wait_for_each_other(alice, bob):
    pot, cup = make_product(alice, "Pot", 5), make_product(alice, "Cup", 5)
    with transaction.atomic():
        first = sell(bob, pot)
        [second] = try_concurrently(partial(sell, bob, cup))
    third = sell(bob, pot)
    assert {operation.performer.name for operation in (first, second, third)} == {"bob"}
    assert first.performer != second.performer
    assert third.performer == min(first.performer, second.performer, key=lambda performer: performer.pk)
    assert find_breaks(alice.pk) == []


@pytest.mark.django_db(transaction=True)
def test_control_with_a_unique_name_first_bookings_wait_for_each_other(alice, bob):
    pot, cup = make_product(alice, "Pot", 5), make_product(alice, "Cup", 5)
    run_statement("CREATE UNIQUE INDEX unique_name ON stock_performer (owner_id, user_id, name)")
    try:
        with transaction.atomic():
            sell(bob, pot)
            [second] = try_concurrently(partial(sell, bob, cup))
        assert isinstance(second, OperationalError)
    finally:
        run_statement("DROP INDEX unique_name")


# --- Erasing ------------------------------------------------------------------------------------------------


def test_an_erased_name_is_gone_and_the_seals_stay_valid(alice, as_alice, bob, kettle):
    operation = sell(bob, kettle)
    seal_account(owner_id=alice.pk)
    run_statement(f"{ERASE} WHERE user_id = %s", bob.pk)
    assert find_breaks(alice.pk) == []
    assert as_alice.get("/api/stock/").json()["results"][0]["performed_by_username"] == "user-7"
    assert as_alice.get(f"/api/stock/operations/{operation.pk}/").json()["performed_by_username"] == "user-7"


def test_the_file_of_a_seal_has_no_name(as_alice, alice, bob, kettle):
    sell(bob, kettle)
    seal_account(owner_id=alice.pk)
    [seal] = as_alice.get("/api/stock/seals/").json()["results"]
    text = b"".join(as_alice.get(f"/api/stock/seals/{seal['id']}/file/").streaming_content).decode()
    assert bytes(Performer.objects.get(user=bob).digest).hex() in text
    assert "bob" not in text


def test_several_names_of_a_user_can_be_erased(bob, kettle):
    sell(bob, kettle)
    bob.username = "bobby"
    sell(bob, kettle)
    run_statement(f"{ERASE} WHERE user_id = %s", bob.pk)
    assert set(Performer.objects.filter(user=bob).values_list("name", "salt")) == {("user-7", None)}


def test_a_name_is_not_found_after_it_was_erased(bob, kettle):
    sell(bob, kettle)
    run_statement(f"{ERASE} WHERE user_id = %s", bob.pk)
    bob.username = "user-7"
    sell(bob, kettle)
    erased, new = Performer.objects.filter(user=bob).order_by("id")
    assert (erased.salt, bytes(new.digest)) == (None, sha256(bytes(new.salt) + b"user-7").digest())


@all_cases(
    "change",
    [
        "name = 'other', digest = sha256(salt || 'other')",
        "name = 'other'",
        "salt = sha256('')",
        "user_id = {other}",
        "user_id = {other}, salt = NULL",
        "owner_id = {other}",
        "owner_id = {other}, salt = NULL",
        "id = id + 1000",
        "id = id + 1000, salt = NULL",
        "till = 7, name = 'carl'",
        "till = 7, salt = NULL",
        "digest = sha256('')",
        "digest = sha256(''), salt = NULL",
    ],
)
def test_the_database_refuses_every_change_but_erasing(alice, charlie, kettle, change):
    statement = f"UPDATE stock_performer SET {change.format(other=charlie.pk)}"
    assert get_violated_constraint(statement) == "stock_immutable"


@all_cases("change", ["name = 'alice'", "salt = '\\x00112233445566778899aabbccddeeff'"])
def test_an_erased_name_never_changes_again(kettle, change):
    run_statement(ERASE)
    assert get_violated_constraint(f"UPDATE stock_performer SET {change}") == "stock_immutable"


def test_the_till_of_a_name_is_set_once(kettle):
    run_statement("UPDATE stock_performer SET till = 7")
    for other in ("8", "NULL", "0"):
        assert get_violated_constraint(f"UPDATE stock_performer SET till = {other}") == "stock_immutable"
    run_statement(ERASE)


@all_cases(
    ("key", "till"),
    [
        ({"name": "till 7", "is_device": True}, 7),
        ({"name": "till 7"}, None),
        ({"name": "till 7", "is_device": True, "revoked_at": timezone.now()}, None),
        ({"name": "shelf 7", "is_device": True}, None),
    ],
)
def test_a_name_that_release_1_3_0_inserts_has_the_till_of_a_live_device(alice, bob, key, till):
    for user, values in ((bob, key), (alice, {"name": "till 7", "is_device": True})):
        ApiKey.objects.create(user=user, scope="book", prefix=f"key{user.pk}", digest=bytes(32), **values)
    name = f"bob/{key['name']}"
    statement = "INSERT INTO stock_performer (owner_id, user_id, name, salt, digest) VALUES (%s, %s, %s, %s, %s)"
    run_statement(statement, alice.pk, bob.pk, name, SALT, sha256(SALT + name.encode()).digest())
    assert Performer.objects.get(name=name).till == till


@pytest.mark.quick
def test_the_database_refuses_to_delete_a_name(kettle):
    assert get_violated_constraint("DELETE FROM stock_performer") == "stock_immutable"


# --- Constraints --------------------------------------------------------------------------------------------


@pytest.mark.quick
@all_cases(
    ("broken", "constraint"),
    [
        ({}, None),
        ({"salt": None}, None),
        ({"salt": SALT[1:], "digest": sha256(SALT[1:] + NAME.encode()).digest()}, "stock_performer_salt"),
        ({"digest": sha256(b"").digest()[1:], "salt": None}, "stock_performer_digest"),
        ({"name": "bib"}, "stock_performer_digest_of_name"),
    ],
)
def test_a_name_that_breaks_a_rule_is_refused_by_its_constraint(alice, kettle, broken, constraint):
    values = {"name": NAME, "salt": SALT, "digest": sha256(SALT + NAME.encode()).digest(), **broken}
    statement = "INSERT INTO stock_performer (owner_id, user_id, name, salt, digest) VALUES (%s, %s, %s, %s, %s)"
    parameters = alice.pk, alice.pk, *values.values()
    if constraint is None:
        run_statement(statement, *parameters)
    else:
        assert get_violated_constraint(statement, *parameters) == constraint


def test_a_name_is_never_saved_or_deleted_through_the_model(kettle):
    performer = Performer.objects.get()
    for attempt in (performer.save, performer.delete, Performer.objects.all().delete):
        with pytest.raises(TypeError, match="ledger"):
            attempt()


def test_an_erased_user_has_another_name_and_no_salt_and_other_rows_stay(alice, bob, kettle):
    for user in (alice, bob):
        sell(user, kettle)
    bob.username = "user-7"
    Performer.forget(alice.pk, bob)
    Performer.forget(alice.pk, kettle)  # no person
    salts = dict(Performer.objects.filter(owner=alice).values_list("name", "salt"))
    assert {name: salt is None for name, salt in salts.items()} == {"alice": False, "user-7": True}


@pytest.mark.quick
def test_the_till_stays_in_an_erased_name(alice, bob, kettle):
    bob.api_key = ApiKey(name="till 7")
    sell(bob, kettle)
    save_fields(bob, {"username": "user-7", "erased_at": timezone.now()})
    Performer.forget(alice.pk, bob)
    bob.username = "bob"
    sell(bob, kettle)  # a request that has read the name before
    assert [row.name for row in Performer.objects.filter(user=bob)] == ["user-7/till 7"] * 2
