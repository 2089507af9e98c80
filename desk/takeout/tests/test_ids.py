"""The ids of an imported shop: which an installation accepts, and that other shops write meanwhile."""

import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.database import sequences
from desk.takeout.columns import list_shop_tables
from desk.takeout.errors import ImportRefused
from desk.takeout.importing import survey
from desk.takeout.importing.archive import MAX_FILE_ID
from desk.takeout.importing.services import DISTANCE, STEP, Move, import_shop
from desk.takeout.tests.conftest import alter, export, refuse
from records.history.models import Change
from stock.models import Seal
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product, make_user
from testing.races import run_concurrently
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]

PRODUCTS = "products_product"
LARGE = 10**15


@pytest.fixture(autouse=True)
def restored(kettle):
    """Set all sequences back after the test, because no rollback does. Return their values before it."""
    last = sequences.find_last_values(sequences.list_numbered_tables())
    yield last
    with connection.cursor() as cursor:
        for table, value in last.items():
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, max(value, 1)])


def set_sequence(table, value):
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, value])


def ignore(_text):
    pass


def test_ids_far_above_the_rows_are_refused_before_anything_is_written(alice, monkeypatch):
    monkeypatch.setattr(Move, "run", None)  # the second pass would raise a TypeError
    file = export(alice)
    for table, column in ((PRODUCTS, "id"), ("stock_operation", "performed_by_id"), ("history_change", "by")):
        said = refuse(alter(file, table, **{column: LARGE}))
        assert f"to {LARGE}. After the import, all new rows of this installation would have ids above 10000" in said
        assert "add --large-ids" in said
    assert "are too large" in refuse(alter(file, PRODUCTS, id=MAX_FILE_ID), accept_large_ids=True)
    assert "is no id" in refuse(alter(file, PRODUCTS, id=MAX_FILE_ID + 1), accept_large_ids=True)


@pytest.mark.quick
def test_a_shop_with_small_and_large_ids_is_imported_if_the_operator_says_so(alice, kettle, tmp_path):
    set_sequence(PRODUCTS, LARGE)
    assert make_product(alice, "Pot", quantity=2).pk == LARGE + 1
    (tmp_path / "shop.zip").write_bytes(export(alice).getvalue())
    set_sequence(PRODUCTS, kettle.pk)
    with pytest.raises(CommandError, match="add --large-ids"):
        call_command("import_account", tmp_path / "shop.zip")
    call_command("import_account", tmp_path / "shop.zip", "--large-ids", owner="alicia")
    owner = User.objects.get(username="alicia")
    assert make_product(owner, "Cup").pk == LARGE + 1 + owner.pk - alice.pk + 1


def test_a_shop_with_large_ids_alone_gets_those_that_follow_here(restored):
    tables = [table.name for table in list_shop_tables() if table.name in restored]
    for table in tables:
        set_sequence(table, LARGE)
    owner = make_user("lara")
    make_product(owner, "Pot", quantity=2)
    file = export(owner)
    for table in tables:
        set_sequence(table, max(restored[table], 1))
    copy = import_shop(file, ignore, "clara")
    shift = copy.pk - owner.pk
    assert -LARGE < shift < DISTANCE * 2 - LARGE + max(restored.values())
    assert find_breaks(copy.pk) == []
    assert set(Seal.objects.filter(owner=copy).values_list("shift", flat=True)) == {shift}
    again = import_shop(export(copy), ignore)
    assert find_breaks(again.pk) == []


def test_an_empty_installation_keeps_the_ids_unless_they_are_large(alice, kettle):
    file = export(alice)
    large = alter(file, PRODUCTS, id=LARGE)
    call_command("flush", interactive=False, verbosity=0)
    assert "add --large-ids" in refuse(large)
    assert import_shop(file, ignore).pk == alice.pk


def test_the_next_ids_of_all_shops_come_after_those_of_the_imported_one(alice, kettle, charlie):
    misplaced = list(sequences.find_misplaced())
    owner = import_shop(export(alice), ignore)
    shift = owner.pk - alice.pk
    assert shift % STEP == 0
    assert shift >= DISTANCE
    assert make_product(charlie, "Cup").pk == kettle.pk + shift + 1
    assert list(sequences.find_misplaced()) == misplaced


def test_other_shops_book_during_an_import(alice, kettle, charlie):
    cup, booked = make_product(charlie, "Cup", quantity=9), []

    def book(text):
        if text.startswith("stock_movement"):
            body = {"product": cup.pk, "movement_type": "OUT", "quantity": 1}
            [answer] = run_concurrently(lambda: client_of(charlie).post("/api/stock/", body))
            booked.append(answer.json())

    import_shop(export(alice), book)
    after = client_of(charlie).post("/api/stock/", {"product": cup.pk, "movement_type": "OUT", "quantity": 1}).json()
    assert after["id"] - booked[0]["id"] > DISTANCE
    assert [row["new_quantity"] for row in (booked[0], after)] == [8, 7]


@pytest.mark.quick
@pytest.mark.parametrize("table", ["stock_movement", "takeout"])
def test_an_import_ends_before_other_shops_reach_its_ids(alice, table, monkeypatch):
    """The other shops are a sequence that another connection moves, during an import and during its verification."""

    def write_much():
        last = max(sequences.find_last_values(sequences.list_numbered_tables()).values())
        run_concurrently(lambda: set_sequence(PRODUCTS, last + DISTANCE * 3 // 4))

    def write_at(text):
        if text.startswith(table):
            write_much()

    if table == "takeout":
        monkeypatch.setattr("desk.takeout.importing.services.find_breaks", lambda *_, **__: write_much())
    users = User.objects.count()
    with pytest.raises(ImportRefused, match="Import the shop in a quieter hour"):
        import_shop(export(alice), write_at)
    assert User.objects.count() == users


def test_two_imports_do_not_run_at_the_same_time(alice):
    file, refused, is_running, may_end = export(alice), [], threading.Event(), threading.Event()

    def wait(_text):
        is_running.set()
        may_end.wait(30)

    first = threading.Thread(target=lambda: run_concurrently(lambda: import_shop(file, wait)))
    first.start()
    try:
        assert is_running.wait(30)
        refused.append(refuse(export(alice)))
    finally:
        may_end.set()
        first.join()
    assert refused == ["Another import is running. Wait until it has ended."]
    assert import_shop(export(alice), ignore, "alicia").username == "alicia"


def test_a_user_whom_only_the_history_names_is_nobody_else_here(as_bob, alice, bob, kettle, charlie):
    """Without a row of its own, a new user of any shop would get its id, and the history would show that name."""
    User.objects.filter(pk=bob.pk).update(role="owner", employer=None)
    Change.objects.filter(owner=alice).update(by=bob.pk)
    owner = import_shop(export(alice), ignore)
    stranger = User.objects.get(pk=bob.pk + owner.pk - alice.pk)
    assert (stranger.username, stranger.is_active) == (f"user-{stranger.pk}", False)
    assert make_user("newcomer").pk > stranger.pk
    changes = client_of(owner).get("/api/changes/").json()["results"]
    assert {row["by_username"] for row in changes} == {stranger.username}


def test_a_file_names_a_limited_number_of_users(alice, bob, monkeypatch):
    monkeypatch.setattr(survey, "MAX_PEOPLE", 1)
    assert refuse(export(alice)) == "The file names more than 1 users."
