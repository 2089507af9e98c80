"""After `make restore`, an empty database has every row and every rule. Refused files change nothing."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from ops.backups import BackupFailed, back_up, restore
from ops.tests.databases import RESTORED, SHARED, assert_same, call_manage, read_database, run_manage, truncate
from records.events.webhooks.models import Webhook, WebhookState
from testing.cast.people import client_of, make_key
from testing.servers.databases import connect_to, create_database, use_database
from testing.tables import all_cases
from trade.purchasing.models import IS_UNMAILED, Order
from users.leaving.services import remove_due_portion
from users.models import User
from users.sign_in import tokens


@pytest.fixture(scope="module")
def commands(source, tmp_path_factory):
    """Yield the output of an operator's commands: a backup of `source`, and its restore into SHARED."""
    file = str(tmp_path_factory.mktemp("commands") / "shop.dump")
    with create_database(SHARED):
        yield run_manage("backup", file, database=source), run_manage("restore", file, database=SHARED)


@pytest.fixture
def restored(transactional_db, commands):
    """Yield the name of a restored database. The test may change it."""
    with create_database(RESTORED, SHARED):
        yield RESTORED


def test_restores_every_row_and_rule_and_verifies_the_ledger(db, source, commands):
    backup, restore = commands
    assert (backup.returncode, backup.stderr) == (0, "")
    assert (restore.returncode, restore.stderr) == (0, "")
    before, after = read_database(source), read_database(SHARED)
    with connect_to(source) as other:
        [(movements,)] = other.execute("SELECT count(*) FROM stock_movement")
        [(newest,)] = other.execute("SELECT max(newest_operation) FROM stock_verification")
    holds, change = restore.stdout.splitlines()
    assert holds == f"2 accounts, {movements} movements: the ledger holds."
    assert "A backup was restored. " in change
    assert f"Operation {newest}, booked at " in change
    assert len(before[0]["stock_movement"]) == movements > 10
    assert len(before[1]) > 60
    assert_same(after, before)


@pytest.mark.long
def test_does_not_wait_while_another_session_analyzes_a_shared_catalog(file, empty):
    with connect_to("postgres") as other:
        other.execute("BEGIN")
        other.execute("ANALYZE pg_database")
        done = call_manage("restore", str(file))
        other.execute("ROLLBACK")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_comparison_finds_one_changed_value(source, restored):
    """This is the negative control."""
    with connect_to(restored) as other:
        other.execute(
            "UPDATE suppliers_supplier SET name = name || '!' WHERE id = (SELECT min(id) FROM suppliers_supplier)"
        )
    assert read_database(restored) != read_database(source)


def test_refuses_a_database_with_tables_and_changes_nothing(transactional_db, source, file):
    before = read_database(source)
    done = call_manage("restore", str(file), database=source)
    assert (done.returncode, done.stdout) == (1, "")
    assert "The database is not empty" in done.stderr
    assert read_database(source) == before


def read_sign_ins(database):
    """Return the numbers of refresh families and sessions, and the token version of each user."""
    with connect_to(database) as other:
        [counts] = other.execute("SELECT (SELECT count(*) FROM users_refreshfamily), count(*) FROM django_session")
        return *counts, [row[0] for row in other.execute("SELECT token_version FROM users_user ORDER BY id")]


def test_each_restore_ends_all_tokens_and_sessions(source, restored, file):
    families, sessions, before = read_sign_ins(source)
    assert min(families, sessions) > 0
    *left, first = read_sign_ins(restored)
    assert call_manage("restore", str(file), "--replace").returncode == 0
    *left_again, second = read_sign_ins(restored)
    assert left == left_again == [0, 0]
    # A token may have a version that was issued after the backup, so each restore adds more than a user ever reaches.
    assert all(old + 1_000_000 < new < newer for old, new, newer in zip(before, first, second, strict=True))


def test_a_restore_revokes_all_keys(db, source, commands):
    with connect_to(source) as before, connect_to(SHARED) as after:
        count = "SELECT count(*), count(revoked_at) FROM users_apikey"
        keys, revoked = before.execute(count).fetchone()
        assert keys > revoked
        assert after.execute(count).fetchone() == (keys, keys)


def test_ending_all_tokens_revokes_all_keys(alice):
    _, text = make_key(alice)
    tokens.end_all_tokens()
    response = client_of(None).get("/api/", headers={"Authorization": f"Bearer {text}"})
    assert (response.status_code, response.json()["code"]) == (401, "key_revoked")


def test_a_restore_switches_the_webhooks_off_and_sends_nothing_again(restored, tmp_path):
    read = "SELECT owner_id, state, off_reason, position, lease, leased_until FROM events_webhook"
    leased = {"lease": uuid4(), "leased_until": timezone.now()}
    with use_database(restored):
        Webhook.objects.update(state=WebhookState.ON, off_reason="", position=10_000, **leased)
        back_up(tmp_path / "shop.dump")
    with connect_to(restored) as other:
        heads = dict(other.execute("SELECT owner_id, position FROM events_feedhead").fetchall())
        assert [row[1] for row in other.execute(read)] == ["on", "on"]
    assert call_manage("restore", str(tmp_path / "shop.dump"), "--replace").returncode == 0
    with connect_to(restored) as other:
        rows = other.execute(read).fetchall()
    assert len(rows) == 2
    assert rows == [(owner, "off", "restored", heads.get(owner, 0), None, None) for owner, *_ in rows]


def test_a_restore_mails_no_order_again_and_leaves_it_to_do(restored, tmp_path):
    sent = {"state": "sent", "sent_at": timezone.now(), "closed_at": None, "mailed_at": None}
    with use_database(restored):
        Order.objects.update(**sent, mail_to="mill@example.org", mail_due_at=timezone.now())
        back_up(tmp_path / "shop.dump")
        assert call_manage("restore", str(tmp_path / "shop.dump"), "--replace").returncode == 0
        assert Order.objects.count() == Order.objects.filter(IS_UNMAILED, mail_due_at=None).count() > 0


def test_a_shop_that_may_have_undone_its_closing_is_not_removed_by_a_restore(restored, tmp_path):
    with use_database(restored):
        owners = User.objects.filter(role="owner").update(closes_at=timezone.now())
        back_up(tmp_path / "shop.dump")
        assert call_manage("restore", str(tmp_path / "shop.dump"), "--replace").returncode == 0
        assert not remove_due_portion()
        assert User.objects.filter(closes_at__gt=timezone.now() + timedelta(days=6)).count() == owners > 0


def test_ending_all_tokens_and_sessions_works_more_than_once(alice):
    for _ in range(2):
        alice.refresh_from_db()
        pair, browser = tokens.issue_tokens(alice), Client()
        browser.force_login(alice)
        tokens.end_all_tokens()
        assert browser.get("/api/").status_code == 401
        assert client_of(None).post("/api/auth/refresh/", {"refresh": pair["refresh"]}).status_code == 401
        bearer = {"Authorization": f"Bearer {pair['access']}"}
        assert client_of(None).get("/api/", headers=bearer).json()["code"] == "token_revoked"


@pytest.mark.parametrize("share", [0.9, pytest.param(0.01, marks=pytest.mark.long)])
def test_a_truncated_file_leaves_the_database_empty(file, empty, share, tmp_path):
    done = call_manage("restore", truncate(file, share, tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "pg_restore: error" in done.stderr
    assert read_database(empty) == ({}, [])


NO_BACKUPS = [b"", b"name,price\nKettle,10.00\n", random.Random(3).randbytes(4000)]  # noqa: S311


@all_cases("content", NO_BACKUPS)
def test_refuses_a_file_that_is_no_backup(db, tmp_path, content):
    (tmp_path / "goods.csv").write_bytes(content)
    with pytest.raises(BackupFailed, match=r"is no backup made by `make backup`, or it is damaged\. pg_restore: error"):
        restore(tmp_path / "goods.csv")


def test_names_a_file_that_does_not_exist(db, tmp_path):
    with pytest.raises(BackupFailed, match=r"shop.dump can't be read: No such file or directory\."):
        restore(tmp_path / "shop.dump")
