"""A verification says when another database server has taken over, and what was verified before.

Another timeline is simulated here; `inventory_api/tests/test_failover.py` has a real promotion.
"""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Movement, MovementType, OperationReason, Verification
from stock.proofs import verification
from stock.proofs.verification import verify_account
from stock.tests.test_verify import tamper
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.services import book

pytestmark = [pytest.mark.measured]

ADDRESS = "/api/stock/verify/"
LATER_MAY_BE_MISSING = (
    " is the newest that was verified before. Later bookings that the service had confirmed may be missing, and new"
    " bookings may have their ids."
)


@pytest.fixture
def serve_from(monkeypatch):
    """Simulate that these servers have the database. Their timelines are given by their identifiers."""

    def pretend(found):
        monkeypatch.setattr(verification, "find_servers", lambda: found)

    pretend({"7001": 1})
    return pretend


def sell(user, product):
    draft = OperationDraft(by=user, reason=OperationReason.SALE)
    return book(draft=draft, lines=[BookingLine(by_id(product.pk), MovementType.OUT, 1)])[0].operation


def get_changes(client):
    return client.get(ADDRESS).json().get("server_changes")


# --- Which server --------------------------------------------------------------------------------------------


def test_every_role_finds_the_server_and_its_timeline(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE passer_by")
        cursor.execute("SET LOCAL ROLE passer_by")
        found = verification.find_servers()
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT system_identifier, timeline_id FROM pg_control_system(), pg_control_checkpoint()")
        [(identifier, timeline)] = cursor.fetchall()
    assert found == {str(identifier): timeline}


@pytest.mark.quick
def test_without_the_identifier_the_timeline_is_known(db, monkeypatch):
    monkeypatch.setattr(verification, "IDENTITY", "SELECT unknown_function()")
    assert verification.find_servers() == {"": 1}
    monkeypatch.setattr(verification, "TIMELINE", "SELECT unknown_function()")
    assert verification.find_servers() is None


def test_on_citus_the_workers_are_servers_too(db, monkeypatch):
    monkeypatch.setattr(verification, "IDENTITY", "SELECT '7001/00000002'")
    monkeypatch.setattr(verification, "HAS_WORKERS", "SELECT 'yes'")
    monkeypatch.setattr(verification, "WORKERS", "VALUES ('8001/0000000A'), ('8002/00000001')")
    assert verification.find_servers() == {"7001": 2, "8001": 10, "8002": 1}


@pytest.mark.quick
@all_cases(
    ("before", "now", "reason", "timelines"),
    [
        ({"7001": 1}, {"7001": 1}, None, None),
        ({"7001": 1}, {"7001": 2}, "promotion", (1, 2)),
        ({"": 1}, {"": 12}, "promotion", (1, 12)),
        ({"7001": 1}, {"7002": 1}, "another_server", (None, None)),
        ({"7001": 1, "8001": 3}, {"7001": 1, "8001": 4}, "promotion", (3, 4)),
        ({"7001": 1, "8001": 3}, {"7001": 1, "8002": 1}, None, None),  # Citus has replaced a worker
        ({"": 1}, {"7001": 1}, None, None),
        (None, {"7001": 1}, None, None),
        ({"7001": 1}, None, None, None),
    ],
)
def test_which_servers_are_a_change(before, now, reason, timelines):
    change = verification.compare_servers(before, now)
    assert (change and change["reason"]) == reason
    assert timelines is None or (change["former_timeline"], change["timeline"]) == timelines


# --- What the route says ---------------------------------------------------------------------------------------


def test_stores_the_servers_and_the_newest_booking(alice, kettle, serve_from):
    operation = sell(alice, kettle)
    verify_account(alice.pk)
    row = Verification.objects.get(owner=alice)
    assert (row.servers, row.server_changes) == ({"7001": 1}, None)
    assert (row.newest_operation, row.newest_booked_at) == (operation.pk, operation.created_at)
    assert (row.newest_product, row.newest_sequence) == (kettle.pk, 2)


def test_without_a_change_the_response_has_no_field_for_it(as_alice, alice, kettle, serve_from):
    assert as_alice.get(ADDRESS).json() == {"products": 1, "movements": 1, "broken": [], "sealed": None}
    verify_account(alice.pk)
    assert as_alice.get(ADDRESS).json() == {"products": 1, "movements": 1, "broken": [], "sealed": None}


def test_a_promotion_is_reported_with_the_newest_verified_booking(as_alice, as_charlie, alice, kettle, serve_from):
    operation = sell(alice, kettle)
    verified_at = verify_account(alice.pk) and Verification.objects.get(owner=alice).verified_at
    sell(alice, kettle)
    serve_from({"7001": 2})
    [change] = get_changes(as_alice)
    assert change.pop("noticed_at") > change["verified_at"] == verification.format_time(verified_at)
    booked_at = verification.format_time(operation.created_at)
    assert change == {
        "reason": "promotion", "former_timeline": 1, "timeline": 2, "verified_at": change["verified_at"],
        "newest_operation": operation.pk, "newest_booked_at": booked_at,
        "message": "A standby became the database server (timeline 1, now 2)."
        f" Operation {operation.pk}, booked at {booked_at[:19].replace('T', ' ')} UTC," + LATER_MAY_BE_MISSING,
    }  # fmt: skip
    assert get_changes(as_charlie) is None


def test_the_change_stays_after_the_next_verification(as_alice, alice, kettle, serve_from):
    verify_account(alice.pk)
    serve_from({"7001": 2})
    verify_account(alice.pk)
    [first] = get_changes(as_alice)
    sell(alice, kettle)
    verify_account(alice.pk)
    assert get_changes(as_alice) == [first]
    serve_from({"9001": 1})
    assert [change["reason"] for change in get_changes(as_alice)] == ["promotion", "another_server"]
    verify_account(alice.pk)
    found = get_changes(as_alice)
    assert [change["reason"] for change in found] == ["promotion", "another_server"]
    assert found[0] == first
    assert found[1]["newest_operation"] > first["newest_operation"]


def test_an_account_without_bookings_has_nothing_verified(as_alice, alice, serve_from):
    verify_account(alice.pk)
    serve_from({"7001": 2})
    [change] = get_changes(as_alice)
    assert (change["newest_operation"], change["newest_booked_at"]) == (None, None)
    assert "No booking was verified before." in change["message"]


def test_keeps_a_limited_number_of_changes(alice, kettle, serve_from, monkeypatch):
    monkeypatch.setattr(verification, "MAX_CHANGES", 2)
    for timeline in range(1, 6):
        serve_from({"7001": timeline})
        verify_account(alice.pk)
    changes = Verification.objects.get(owner=alice).server_changes
    assert [change["timeline"] for change in changes] == [4, 5]


# --- Ids that were given again ----------------------------------------------------------------------------------


def test_a_verified_booking_that_is_missing_is_a_break(as_alice, alice, kettle, serve_from):
    operation = sell(alice, kettle)
    verify_account(alice.pk)
    tamper(
        f"DELETE FROM stock_movement WHERE operation_id = {operation.pk}",
        f"DELETE FROM stock_operation WHERE id = {operation.pk}",
        "UPDATE products_product SET quantity = 10, stock_sequence = 1",
    )
    what = f"operation {operation.pk}, which was verified before, is missing"
    for _ in range(2):  # a broken ledger confirms no more bookings than before
        assert as_alice.get(ADDRESS).json()["broken"] == [{"product": kettle.pk, "sequence": 2, "what": what}]
        with pytest.raises(CommandError, match=what):
            call_command("verify_stock")


@all_cases(
    "statement",
    [
        "UPDATE stock_operation SET created_at = created_at + interval '1 second' WHERE id = {id}",
        "UPDATE stock_movement SET sequence = sequence + 1 WHERE operation_id = {id};"
        " UPDATE products_product SET stock_sequence = stock_sequence + 1",
    ],
)
def test_an_id_that_was_given_again_is_a_break(as_alice, alice, kettle, serve_from, statement):
    operation = sell(alice, kettle)
    verify_account(alice.pk)
    tamper(*statement.format(id=operation.pk).split(";"))
    what = f"operation {operation.pk}, which was verified before, is another one now: its id was given again"
    expected = {"product": kettle.pk, "sequence": 2, "what": what}
    assert expected in as_alice.get(ADDRESS).json()["broken"]


# --- The command, the pages, the support desk ---------------------------------------------------------------------


def test_the_command_says_it_for_all_accounts(alice, charlie, kettle, serve_from, capsys):
    make_product(charlie, quantity=2)
    call_command("verify_stock")
    assert capsys.readouterr().out == "2 accounts, 2 movements: the ledger holds.\n"
    newest = Movement.objects.latest("id").operation_id
    serve_from({"7001": 2})
    for _ in range(2):
        call_command("verify_stock")
        holds, change, *more = capsys.readouterr().out.splitlines()
        assert (holds, more) == ("2 accounts, 2 movements: the ledger holds.", [])
        assert change.startswith("2 accounts, noticed at 20")
        assert "(timeline 1, now 2)" in change
        assert f"Operation {newest}, booked at " in change
        assert change.endswith(LATER_MAY_BE_MISSING)


def test_the_command_says_it_of_a_broken_ledger_too(alice, kettle, serve_from, capsys):
    call_command("verify_stock")
    serve_from({"7002": 1})
    tamper("UPDATE products_product SET quantity = 99")
    with pytest.raises(CommandError, match="is broken"):
        call_command("verify_stock")
    assert "The data is on another database server: by a backup, an upgrade or a move." in capsys.readouterr().out


@pytest.mark.quick
def test_a_restored_backup_is_reported_on_the_same_server_too(as_alice, alice, kettle, serve_from):
    call_command("verify_stock")
    call_command("verify_stock", restored=True)
    [change] = get_changes(as_alice)
    assert (change["reason"], change["message"][:23]) == ("restore", "A backup was restored. ")


def test_the_owners_page_shows_it(client, alice, kettle, serve_from):
    verify_account(alice.pk)
    client.force_login(alice)
    assert "None since the first verification." in client.get(ADDRESS, headers={"Accept": "text/html"}).text
    serve_from({"7001": 2})
    page = client.get(ADDRESS, headers={"Accept": "text/html"}).text
    assert "Changes of the database server" in page
    assert "A standby became the database server (timeline 1, now 2)." in page


def test_the_support_desk_shows_it(admin_client, alice, kettle, serve_from):
    message = "A standby became the database server (timeline 1, now 2)."
    verify_account(alice.pk)
    assert message not in admin_client.get("/admin/stock/verification/").text
    serve_from({"7001": 2})
    verify_account(alice.pk)
    row = Verification.objects.get(owner=alice)
    addresses = [
        reverse("admin:stock_verification_changelist"),
        reverse("admin:stock_verification_change", args=[row.pk]),
        reverse("support-account", args=[alice.pk]),
    ]
    for address in addresses:
        assert message in admin_client.get(address).text, address
    assert "the database server has changed" in admin_client.get(reverse("support")).text
