"""Closing a shop: 30 days in which its owner can undo it, then all its rows are removed, the ledger included."""

import time
from collections import defaultdict
from datetime import timedelta
from functools import partial
from itertools import pairwise
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from core.database.transactions import set_time_limit
from products.models import Product
from records.contacts.models import Contact
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Movement, MovementType, Operation, OperationReason, Performer
from stock.proofs.verification import find_breaks
from testing.cast.factors import add_app
from testing.cast.people import PASSWORD, client_of, client_with_key, make_product, make_products, make_user
from testing.cast.shops import OWNED, rows_of
from testing.races import disable_locks, let_meet, run_behind_lock, run_concurrently
from testing.reading.browser import Browser, find_form
from testing.tables import all_cases
from trade.selling.services import book
from users.access.permissions import Caller
from users.access.roles import Role
from users.access.services import keep_open
from users.errors import AccountClosed
from users.leaving import services
from users.leaving.services import count_rows, list_models_in_order, remove_due_portion, remove_portion
from users.leaving.tests.test_erasing import COLUMNS, find_left, leave_rows
from users.models import ClosedAccount, EventKind, Factor, SecurityEvent, User

# On Citus, a transaction of the test would hide what Citus checks only when the transaction is committed.
pytestmark = [pytest.mark.django_db(transaction=settings.DB_CITUS)]
URL = "/api/account/close/"
KEYS_TO_USERS = """
SELECT conrelid::regclass::text, attname FROM pg_constraint
JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
WHERE contype = 'f' AND confrelid = 'users_user'::regclass AND array_length(conkey, 1) = 1
"""


def close(client, password=PASSWORD):
    return client.post(URL, {"password": password})


def make_due(owner):
    """Let the time of the shop be over, as 30 days after its owner has closed it."""
    User.objects.filter(pk=owner.pk).update(closes_at=timezone.now() - timedelta(seconds=1))


def remove_all():
    """Remove what is due. On Citus, repeat it for a minute, as the worker does.

    For some seconds after a shard has moved, its former server still has rows that link to the users.
    """
    deadline = time.monotonic() + 60
    while True:
        try:
            return remove_portions()
        except IntegrityError:
            if not settings.DB_CITUS or time.monotonic() > deadline:
                raise
            time.sleep(1)


def remove_portions():
    while remove_due_portion():
        pass


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


# --- The time until then ------------------------------------------------------------------------------------


@pytest.mark.quick
def test_a_shop_is_closed_after_thirty_days(as_alice, alice):
    answer = close(as_alice)
    alice.refresh_from_db()
    assert (answer.status_code, answer.json().keys()) == (202, {"closes_at"})
    assert timedelta(days=29, hours=23) < alice.closes_at - timezone.now() <= timedelta(days=30)
    assert close(as_alice).json() == answer.json() == as_alice.get(URL).json()
    [event] = SecurityEvent.objects.all()
    assert (event.kind, event.user) == (EventKind.CLOSING_STARTED, alice)


def test_a_wrong_password_is_refused_and_counted(settings, as_alice, alice):
    settings.LOGIN_TRIES_PER_USER = 1
    assert close(as_alice, "wrong").json()["password"] == ["This is not your password."]
    assert close(as_alice).status_code == 429
    alice.refresh_from_db()
    assert alice.closes_at is None


@pytest.mark.quick
def test_everybody_but_the_owner_is_refused(as_alice, as_bob, alice, bob, kettle):
    browser, keys = Client(headers={"Accept": "text/html"}), [client_with_key(user) for user in (alice, bob)]
    browser.force_login(bob)
    close(as_alice)
    for client in (as_bob, *keys):
        answer = client.get("/api/products/")
        assert (answer.status_code, answer.json()["code"]) == (403, "account_closing")
    assert [browser.get(page).status_code for page in ("/api/products/", "/shop/sell/")] == [403, 403]
    assert close(as_bob).status_code == 403
    assert as_bob.post("/api/auth/logout/").status_code == 204


@pytest.mark.quick
def test_the_owner_reads_and_writes_nothing(as_alice, kettle):
    close(as_alice)
    pages = ("/api/products/", "/api/products/export/", "/api/stock/", "/api/users/", "/api/account/", "/api/changes/")
    assert [as_alice.get(page).status_code for page in pages] == [200] * len(pages)
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    assert as_alice.post("/api/stock/", sale).json()["code"] == "account_closing"
    assert as_alice.patch("/api/account/", {"name": "New"}).json().keys() == {"detail", "code", "closes_at"}


def test_the_owner_undoes_it(as_alice, as_bob, alice):
    close(as_alice)
    assert as_alice.delete(URL).status_code == 204
    assert [client.get("/api/products/").status_code for client in (as_alice, as_bob)] == [200, 200]
    assert as_alice.get(URL).json() == {"closes_at": None}
    assert as_alice.delete(URL).status_code == 204
    kinds = list(SecurityEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [EventKind.CLOSING_STARTED, EventKind.CLOSING_UNDONE]


def test_nobody_undoes_it_after_its_time(as_alice, alice):
    close(as_alice)
    make_due(alice)
    assert as_alice.delete(URL).json()["code"] == "account_closed"


@pytest.mark.quick
def test_the_leader_of_a_shop_that_was_handed_over_closes_it(as_alice, alice, bob):
    as_alice.post("/api/account/hand-over/", {"user": bob.pk, "password": PASSWORD})
    former, owner = (client_of(User.objects.get(pk=user.pk)) for user in (alice, bob))
    assert [close(client).status_code for client in (former, owner)] == [403, 202]
    assert [client.get("/api/products/").status_code for client in (former, owner)] == [403, 200]


def test_the_page_closes_and_undoes_with_a_date(alice, as_alice):
    browser, close, keep = Browser(alice), find_form(URL, "post"), find_form(URL, "delete")
    assert URL in browser.get_page("/api/account/")
    assert (f'href="{close}"' in browser.get_page(URL), keep in browser.get_page(URL)) == (True, False)
    assert "Nobody can undo that" in browser.get_page(close)
    assert browser.post(URL, password="wrong-horse-7").status_code == 400
    assert browser.post(URL, password=PASSWORD).headers["Location"] == URL
    page = browser.get_page(URL)
    assert ("All rows are removed on" in page, f'href="{keep}"' in page, close in page) == (True, True, False)
    assert browser.delete(URL).headers["Location"] == "/api/account/"
    assert as_alice.get(URL).json()["closes_at"] is None


# --- The removal --------------------------------------------------------------------------------------------


@pytest.fixture
def closed(world):
    """Return Alice's shop, whose time is over."""
    shop = world.shops["alice"]
    assert close(client_of(shop.owner)).status_code == 202
    make_due(shop.owner)
    of_user = {"content_type": ContentType.objects.get_for_model(User), "object_id": str(world.users["bob"].pk)}
    LogEntry.objects.create(user=world.users["helen"], action_flag=CHANGE, object_repr=shop.word, **of_user)
    return shop


@pytest.fixture
def small(as_alice, alice, bob, kettle):
    """Return the owner of a shop with few rows, whose time is over."""
    assert close(as_alice).status_code == 202
    make_due(alice)
    return alice


def is_removed(owner):
    models = [*OWNED, User]
    keys = {model: "pk" if model is User else "owner_id" for model in models}
    return not any(model._base_manager.filter(**{keys[model]: owner.pk}).exists() for model in models)


def find_word(word):
    """Return the tables that have this word in any column."""
    texts = defaultdict(list)
    for table, name, kind in execute(COLUMNS):
        texts[table].append(f"encode(\"{name}\", 'escape')" if kind == "bytea" else f'"{name}"::text')
    found = "SELECT 1 FROM \"{}\" WHERE concat_ws(' ', {}) ILIKE %s LIMIT 1"
    return {table for table, columns in texts.items() if execute(found.format(table, ", ".join(columns)), f"%{word}%")}


def test_no_row_of_the_account_is_left_and_the_neighbour_is_unchanged(world, closed, monkeypatch):
    monkeypatch.setattr(services, "MAX_PORTION", 20)
    neighbour, people = world.shops["charlie"], [user.pk for user in User.objects.with_workers(closed.owner)]
    before = rows_of(neighbour.owner)
    assert len(find_word(closed.word)) >= 20
    remove_all()
    assert find_word(closed.word) == set()
    assert is_removed(closed.owner)
    for table, column in execute(KEYS_TO_USERS):
        assert execute(f"SELECT 1 FROM {table} WHERE {column} = ANY(%s)", people) == [], (table, column)
    assert not User.objects.filter(pk__in=people).exists()
    assert rows_of(neighbour.owner) == before
    assert find_breaks(neighbour.owner.pk) == []


def test_what_is_known_of_the_users_of_other_shops_stays(small, bob, charlie):
    leave_rows(bob, charlie.pk)
    leave_rows(charlie, bob.pk)
    before = find_left(charlie)
    remove_all()
    assert find_left(charlie) == before
    assert not any(find_left(bob).values())


@pytest.mark.quick
def test_a_line_adds_up_the_rows_of_all_portions():
    line = ClosedAccount()
    for number in (2, 0, 3):
        count_rows(line, Product, number)
    assert line.counts == {Product._meta.db_table: 5}


def test_the_list_of_the_operators_has_a_line_without_names(support, small):
    remove_all()
    line = ClosedAccount.objects.get()
    assert (line.account_number, line.reason, line.closed_at > line.due_at) == (small.pk, "", True)
    assert (line.counts["stock_movement"], line.counts["users_user"]) == (1, 2)
    assert str(line.account_number) in support.get("/admin/users/closedaccount/").text
    assert support.post(f"/admin/users/closedaccount/{line.pk}/change/", {"account_number": 1}).status_code == 403


def test_a_killed_worker_is_followed_by_another(small, monkeypatch):
    monkeypatch.setattr(services, "MAX_PORTION", 1)
    assert [remove_due_portion() for _ in range(3)] == [True] * 3
    with transaction.atomic():
        remove_due_portion()
        transaction.set_rollback(True)  # this is what killing the worker does
    remove_all()
    assert is_removed(small)
    assert ClosedAccount.objects.get().closed_at


def test_contacts_that_were_merged_into_newer_ones_are_removed(as_alice, alice, monkeypatch):
    """The newest rows are removed first, and these are the ones to which the older ones lead."""
    monkeypatch.setattr(services, "MAX_PORTION", 1)
    for model in Contact.list_models().values():
        rows = [model.objects.create(owner=alice, name=f"Ada {number}") for number in range(3)]
        for row, into in pairwise(rows):
            as_alice.post(f"/api/{row.kind}s/{row.pk}/merge/", {"into": into.pk})
        assert model.objects.filter(merged_into=rows[2]).count() == 2
    close(as_alice)
    make_due(alice)
    remove_all()
    assert is_removed(alice)


@pytest.mark.needs
@pytest.mark.quick
def test_a_reversal_is_removed_before_what_it_reverses(as_alice, small, monkeypatch):
    User.objects.filter(pk=small.pk).update(closes_at=None)
    assert as_alice.post(f"/api/stock/operations/{Operation.objects.get().pk}/reverse/").status_code == 201
    make_due(small)
    monkeypatch.setattr(services, "MAX_PORTION", 1)
    remove_all()
    assert is_removed(small)


@pytest.mark.django_db(transaction=True)
def test_two_workers_remove_it_together(small, monkeypatch):
    make_products(small, 10, quantity=1)
    monkeypatch.setattr(services, "MAX_PORTION", 2)
    run_concurrently(remove_all, remove_all)
    assert is_removed(small)
    assert ClosedAccount.objects.get().counts["stock_movement"] == 11


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_locked", [True, False])
def test_two_workers_count_each_removed_row_and_without_the_lock_lose_some(small, monkeypatch, is_locked):
    make_products(small, 10, quantity=1)
    make_due(small)
    monkeypatch.setattr(services, "list_models_in_order", lambda: [Movement])
    monkeypatch.setattr(services, "MAX_PORTION", 2)
    assert remove_portion(small.pk)
    if not is_locked:
        disable_locks(monkeypatch)
        let_meet(monkeypatch, ClosedAccount.objects, "get_or_create", 2)
    run_concurrently(*[partial(remove_portion, small.pk)] * 2)
    line = ClosedAccount.objects.get()
    left = Movement.objects.filter(owner_id=small.pk).count()
    assert (line.counts["stock_movement"] + left == 11) == is_locked


@pytest.mark.django_db(transaction=True)
def test_undoing_waits_for_a_worker_that_has_begun_and_is_then_refused(as_alice, alice, kettle):
    close(as_alice)
    by = Caller(user=alice)

    def begin_removal():
        make_due(alice)
        assert remove_portion(alice.pk)

    with pytest.raises(AccountClosed):
        run_behind_lock(begin_removal, partial(keep_open, by=by, owner=alice))
    alice.refresh_from_db()
    assert alice.closes_at is not None


@pytest.mark.django_db(transaction=True)
def test_removing_waits_for_an_owner_who_is_undoing_it(as_alice, alice, kettle):
    close(as_alice)

    def keep_open_until_the_time_is_over():
        keep_open(by=Caller(user=alice), owner=alice)
        time.sleep(1)

    User.objects.filter(pk=alice.pk).update(closes_at=timezone.now() + timedelta(seconds=1))
    removed = run_behind_lock(keep_open_until_the_time_is_over, partial(remove_portion, alice.pk))
    assert (removed, Product.objects.get()) == (False, kettle)


def test_what_a_running_request_has_written_meanwhile_is_removed(small, monkeypatch):
    monkeypatch.setattr(services, "remove_people", lambda *_: make_product(small, "Pot"))
    assert remove_portion(small.pk) is True
    monkeypatch.undo()
    remove_all()
    assert is_removed(small)


@pytest.mark.django_db(transaction=True)
def test_rows_that_are_written_at_the_very_end_are_removed_next(small, monkeypatch):
    remove_people = services.remove_people

    def write_and_remove_people(*arguments):
        run_concurrently(partial(make_product, small, "Pot"))
        remove_people(*arguments)

    monkeypatch.setattr(services, "remove_people", write_and_remove_people)
    with pytest.raises(IntegrityError):
        remove_portions()
    assert not ClosedAccount.objects.filter(closed_at__isnull=False).exists()
    monkeypatch.undo()
    remove_all()
    assert is_removed(small)


@pytest.mark.needs
@pytest.mark.quick
def test_a_worker_who_has_booked_in_another_shop_stays_without_a_name(as_alice, alice, bob, charlie):
    pot = make_product(charlie, "Pot", 5)
    User.objects.filter(pk=bob.pk).update(employer=charlie)
    draft = OperationDraft(by=User.objects.get(pk=bob.pk), reason=OperationReason.PURCHASE)
    book(draft=draft, lines=[BookingLine(by_id(pot.pk), MovementType.IN, 1)])
    SecurityEvent.objects.create(user=bob, account=charlie, kind=EventKind.ROLE_CHANGED)
    User.objects.filter(pk=bob.pk).update(employer=alice)
    close(as_alice)
    make_due(alice)
    remove_all()
    bob.refresh_from_db()
    assert (bob.username, bob.employer, bob.is_active) == (f"user-{bob.pk}", None, False)
    assert not User.objects.filter(pk=alice.pk).exists()
    assert set(Performer.objects.values_list("owner", "name")) == {(charlie.pk, "charlie"), (charlie.pk, bob.username)}
    assert find_breaks(charlie.pk) == []


def test_shops_wait_while_apps_are_left_out(as_alice, alice, kettle, settings):
    close(as_alice)
    make_due(alice)
    settings.WITHOUT = ["sheets"]
    assert remove_due_portion() is False
    settings.WITHOUT = []
    assert remove_due_portion() is True


def test_shops_that_are_not_due_stay(as_alice, alice, charlie, kettle):
    close(as_alice)
    assert remove_due_portion() is False
    assert (remove_portion(alice.pk), remove_portion(charlie.pk)) == (False, False)
    assert Product.objects.get() == kettle


@pytest.mark.needs
@pytest.mark.quick
def test_of_two_shops_that_are_due_each_is_removed_alone(alice, bob, charlie, kettle):
    make_product(charlie, quantity=1)
    assert remove_due_portion() is False
    for owner in (alice, charlie):
        make_due(owner)
    while remove_portion(charlie.pk):
        pass
    assert (is_removed(charlie), is_removed(alice), User.objects.get(pk=bob.pk).is_active) == (True, False, True)
    remove_all()
    assert is_removed(alice)


def test_every_model_comes_before_those_to_which_it_links():
    order = list_models_in_order()
    assert set(order) == set(OWNED)
    for model in order:
        linked = {field.related_model for field in model._meta.fields} & set(OWNED) - {model}
        assert all(order.index(model) < order.index(other) for other in linked)


def test_models_that_link_to_each_other_have_no_order(monkeypatch):
    models = Mock(), Mock()
    for model, other in (models, models[::-1]):
        model._meta.fields = [Mock(related_model=other)]
    monkeypatch.setattr(services, "list_owned", lambda: [*models])
    with pytest.raises(TypeError, match="link to each other"):
        list_models_in_order.__wrapped__()


# --- The exception to the immutability ----------------------------------------------------------------------

TABLES = ("stock_movement", "stock_operation", "stock_performer", "events_event", "purchasing_receipt", "stock_seal")


def delete(table, owner, setting, *linked):
    """Delete the owner's rows of the table, after those of the linked tables. Return their number, and roll back."""
    with transaction.atomic():
        set_time_limit(services.REMOVAL_TIMEOUT_SECONDS)  # after this, Citus sends the setting on
        execute(f"SET LOCAL inventory.closing_account = '{setting}'")
        for name in linked:
            execute(f"DELETE FROM {name} WHERE owner_id = %s", owner.pk)
        deleted = execute(f"DELETE FROM {table} WHERE owner_id = %s", owner.pk)
        transaction.set_rollback(True)
        return deleted


@pytest.fixture
def due(world):
    """Return the owner of an account that is closed and due."""
    owner = world.shops["alice"].owner
    User.objects.with_workers(owner).update(is_active=False)
    make_due(owner)
    return owner


@all_cases("table", TABLES)
def test_a_due_account_alone_can_be_deleted(world, due, table):
    neighbour = world.shops["charlie"].owner
    tables = [model._meta.db_table for model in list_models_in_order()]
    assert delete(table, due, due.pk, *tables[: tables.index(table)]) > 0
    for owner, setting in ((neighbour, due.pk), (neighbour, neighbour.pk), (due, neighbour.pk), (due, "")):
        with pytest.raises(IntegrityError, match="immutable"):
            delete(table, owner, setting)


@all_cases("change", [{"is_active": True}, {"closes_at": None}, {"closes_at": timezone.now() + timedelta(days=1)}])
@all_cases("table", ["stock_movement", "events_event"])
def test_the_setting_is_refused_for_another_account(due, table, change):
    User.objects.filter(pk=due.pk).update(**change)
    with pytest.raises(IntegrityError, match="immutable"):
        delete(table, due, due.pk)


@all_cases(("table", "column"), [("stock_movement", "quantity"), ("events_event", "product"), ("stock_seal", "number")])
def test_rows_of_a_due_account_can_not_be_changed(due, table, column):
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic():
        execute(
            f"SET LOCAL inventory.closing_account = '{due.pk}';"
            f"UPDATE {table} SET {column} = 1 WHERE owner_id = {due.pk}"
        )


def test_another_role_can_neither_use_the_setting_nor_a_table_of_its_own(world, due):
    neighbour = world.shops["charlie"].owner
    execute("CREATE ROLE intruder LOGIN")
    execute("GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA public TO intruder")
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic():
        execute(
            f"""
            SET LOCAL ROLE intruder;
            CREATE TEMP TABLE users_user (id bigint, is_active boolean, closes_at timestamptz);
            INSERT INTO users_user VALUES ({neighbour.pk}, false, now());
            SET LOCAL search_path = pg_temp, public;
            SET LOCAL inventory.closing_account = '{neighbour.pk}';
            DELETE FROM public.stock_portion WHERE owner_id = {neighbour.pk};
            """
        )
    assert Operation.objects.filter(owner=neighbour).exists()


@pytest.mark.quick
def test_the_setting_ends_with_its_transaction(closed):
    with transaction.atomic():
        remove_due_portion()
        transaction.set_rollback(True)
    assert execute("SELECT coalesce(current_setting('inventory.closing_account', true), '')") == [("",)]


def test_a_refused_form_keeps_the_title_of_its_page(alice):
    refused = Browser(alice).post(URL, password="wrong")
    assert (refused.status_code, "<h1>Close the shop for ever</h1>" in refused.text) == (400, True)


# --- The command of the operator ----------------------------------------------------------------------------


def test_the_command_removes_a_shop_at_once(alice, bob, kettle, capsys):
    call_command("close_account", "alice", "--now", "--reason", "by law")
    assert capsys.readouterr().out == f"Account {alice.pk} is removed.\n"
    line = ClosedAccount.objects.get()
    assert (line.reason, line.counts["users_user"], bool(line.closed_at)) == ("by law", 2, True)
    assert not User.objects.exists()


@pytest.mark.quick
def test_the_command_gives_the_owner_thirty_days(alice, as_alice, kettle, capsys):
    call_command("close_account", "alice", "--reason", "by law")
    assert as_alice.get(URL).json()["closes_at"][:10] in capsys.readouterr().out
    assert as_alice.delete(URL).status_code == 204


def test_closing_removes_the_second_factors(alice, bob):
    for user in (alice, bob):
        add_app(user)
    call_command("close_account", "alice", "--now", "--reason", "by law")
    assert not Factor.objects.exists()


@all_cases("name", ["bob", "nobody"])
def test_the_command_refuses_who_leads_no_shop(bob, name):
    with pytest.raises(CommandError, match="leads no shop"):
        call_command("close_account", name, "--now", "--reason", "by law")


def test_a_worker_without_a_shop_is_not_in_a_closing_one(as_alice):
    dora = make_user("dora", role=Role.WORKER)
    close(as_alice)
    assert client_of(dora).get("/api/users/me/").status_code == 200
