"""The routes of packs, who may use them, and the worker that writes the files."""

import io
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import count
from zipfile import ZipFile

import pytest
from django.db import InterfaceError, connection, transaction
from django.db.models.functions import Now
from django.urls import reverse

from desk.evidence import jobs, serializers, services
from desk.evidence.models import Pack
from desk.takeout import jobs as takeout_jobs
from desk.takeout import services as takeout_services
from desk.takeout.jobs import write_export, write_files, write_waiting
from desk.takeout.models import Export
from desk.takeout.services import claim
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.cast.people import client_of, make_product, make_user
from testing.clock import set_clock
from testing.races import run_concurrently
from testing.reading.browser import find_form
from testing.tables import all_cases
from users.access.roles import Role
from users.leaving.tests.test_closing_shops import make_due, remove_all

pytestmark = [pytest.mark.django_db(transaction=True)]

ADDRESS = "/api/stock/evidence/"


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.EXPORT_FOLDER = str(tmp_path / "exports")
    return tmp_path / "exports"


def run_worker(is_stopping=lambda: False):
    jobs.write_packs(is_stopping)


def ask(client, **body):
    answer = client.post(ADDRESS, {"as_of": datetime.now(UTC).isoformat(), **body})
    assert answer.status_code == 202, answer.json()
    return answer.json()["id"]


def download(client, pk):
    answer = client.get(f"{ADDRESS}{pk}/file/")
    assert answer.status_code == 200, answer.json()
    return b"".join(answer.streaming_content)


def list_events(client):
    return [event for event in client.get("/api/events/").json()["events"] if event["type"] == "pack.made"]


@pytest.mark.quick
def test_an_owner_gets_a_pack_whose_digest_is_in_the_feed(as_alice, alice, kettle):
    pk = ask(as_alice)
    run_worker()
    assert find_breaks(alice.pk) == []
    file, row = download(as_alice, pk), as_alice.get(f"{ADDRESS}{pk}/").json()
    assert (row["state"], row["size"], row["sha256"]) == ("ready", len(file), sha256(file).hexdigest())
    assert "Kettle" in ZipFile(io.BytesIO(file)).read("inventory.csv").decode()
    [event] = list_events(as_alice)
    assert event["data"] == {
        "pack": pk, "as_of": row["as_of"], "recorded_until": row["recorded_until"], "sha256": row["sha256"],
    }  # fmt: skip


def test_a_pack_has_what_was_recorded_until_now_by_the_clock_of_the_database(as_alice, kettle, monkeypatch):
    set_clock(monkeypatch, "2026-11-29T00:00:00Z", module=services)
    row = as_alice.get(f"{ADDRESS}{ask(as_alice)}/").json()
    assert datetime.fromisoformat(row["recorded_until"]) > kettle.created_at


def test_the_same_request_gives_the_same_file_after_later_bookings(as_alice, kettle):
    first = ask(as_alice)
    run_worker()
    row = as_alice.get(f"{ADDRESS}{first}/").json()
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 3})
    as_alice.patch(f"/api/products/{kettle.pk}/", {"name": "Pot"})
    again = ask(as_alice, as_of=row["as_of"], recorded_until=row["recorded_until"])
    run_worker()
    assert as_alice.get(f"{ADDRESS}{again}/").json()["sha256"] == row["sha256"]
    assert download(as_alice, first) == download(as_alice, again)


@all_cases(
    ("body", "field"),
    [
        ({}, "as_of"),
        ({"as_of": "2199-01-01"}, "as_of"),
        ({"as_of": "yesterday"}, "as_of"),
        ({"as_of": 2025}, "as_of"),
        ({"as_of": "2025-12-31", "from": "2026-01-01"}, "from"),
        ({"as_of": "2025-12-31", "clock": "wall"}, "clock"),
        ({"as_of": "2025-12-31", "recorded_until": "2199-01-01T00:00:00Z"}, "recorded_until"),
    ],
)
def test_a_wrong_field_is_named(as_alice, body, field):
    refused = as_alice.post(ADDRESS, body)
    assert (refused.status_code, [*refused.json()]) == (400, [field])


def test_a_day_means_its_end_in_the_zone_of_the_shop(as_alice, alice):
    alice.time_zone = "America/Santiago"
    alice.save()
    body = {"as_of": "2025-12-31", "from": "2025-01-01", "recorded_until": "2026-02-01T12:00:00Z", "clock": "recorded"}
    row = as_alice.post(ADDRESS, body).json()
    assert [row[name] for name in ("as_of", "from", "recorded_until", "clock")] == [
        "2026-01-01T02:59:59.999999Z", "2025-01-01T03:00:00Z", "2026-02-01T12:00:00Z", "recorded",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "status"),
    [("2026-11-29", 202), ("2026-11-30", 400), ("2026-11-30T00:00:00Z", 202), ("2026-11-30T00:03:00Z", 400)],
)
def test_a_clock_may_be_fast_but_a_day_must_have_begun(as_alice, monkeypatch, as_of, status):
    set_clock(monkeypatch, "2026-11-29T23:57:00Z", module=serializers)
    assert as_alice.post(ADDRESS, {"as_of": as_of}).status_code == status


# What each role gets from POST, the list, the pack, its file, its page to print, and what was recorded later.
ROLES = {
    Role.OWNER: [202, 200, 200, 200, 200, 200],
    Role.MANAGER: [403, 200, 200, 200, 200, 200],
    Role.VIEWER: [403, 200, 200, 200, 200, 200],
    Role.WORKER: [403] * 6,
    Role.COUNTER: [403] * 6,
}


def test_who_asks_and_who_reads(as_alice, alice):
    pk, found = ask(as_alice), {}
    run_worker()
    for role in ROLES:
        client = as_alice if role == Role.OWNER else client_of(make_user(role, employer=alice, role=role))
        found[role] = [client.post(ADDRESS, {"as_of": "2025-12-31"}).status_code]
        found[role] += [client.get(f"{ADDRESS}{end}").status_code for end in ("", *(f"{pk}/{end}" for end in ENDS))]
    assert found == ROLES


ENDS = ("", "file/", "paper/", "late/")


def test_a_shop_has_one_unfinished_pack(as_alice, as_charlie):
    pk = ask(as_alice)
    refused = as_alice.post(ADDRESS, {"as_of": "2025-12-31"})
    assert (refused.status_code, refused.json()["code"]) == (409, "pack_running")
    refused = as_alice.get(f"{ADDRESS}{pk}/file/").json()
    assert (refused["code"], refused["state"]) == ("pack_not_ready", "waiting")
    ask(as_charlie)


def test_a_key_asks_for_one_pack(as_alice):
    first, again = (
        as_alice.post(ADDRESS, {"as_of": "2025-12-31"}, headers={"Idempotency-Key": "year"}) for _ in range(2)
    )
    assert (again.status_code, again.json()) == (202, first.json())


# --- What was recorded later ---------------------------------------------------------------------------------


def test_what_was_recorded_later_is_listed(as_alice, kettle):
    then = datetime.now(UTC)
    pk = ask(as_alice, as_of=then.isoformat(), recorded_until=then.isoformat())
    for occurred_at in (then - timedelta(minutes=1), None):
        sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 3, "occurred_at": occurred_at}
        assert as_alice.post("/api/stock/", sale).status_code == 201
    [row] = as_alice.get(f"{ADDRESS}{pk}/late/").json()["results"]
    assert (row["product"], row["quantity"]) == (kettle.pk, 3)
    lines = b"".join(as_alice.get(f"{ADDRESS}{pk}/late/?format=csv").streaming_content).decode().splitlines()
    assert lines[0].startswith("occurred_at,created_at,operation,")
    assert [line.split(",")[5] for line in lines[1:]] == [str(row["id"])]


def test_the_file_of_what_was_recorded_later_has_amounts_and_their_unit(alice, as_alice):
    flour = make_product(alice, "Flour", 4000, decimals=3, unit="kg")
    then = datetime.now(UTC)
    pk = ask(as_alice, as_of=then.isoformat(), recorded_until=then.isoformat())
    sale = {"product": flour.pk, "movement_type": "OUT", "amount": "0.25", "occurred_at": then - timedelta(minutes=1)}
    assert as_alice.post("/api/stock/", sale).status_code == 201
    lines = b"".join(as_alice.get(f"{ADDRESS}{pk}/late/?format=csv").streaming_content).decode().splitlines()
    row = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert (row["quantity"], row["unit"]) == ("0.250", "kg")


# --- The worker ----------------------------------------------------------------------------------------------


def test_a_pack_waits_for_the_next_worker_if_this_one_stops(as_alice, kettle, folder):
    pk, calls = ask(as_alice), []

    def stop_at_the_fourth_call():
        calls.append(1)
        return len(calls) >= 4

    run_worker(stop_at_the_fourth_call)
    assert (Pack.objects.get().state, [*folder.iterdir()]) == ("waiting", [])
    run_worker()
    assert download(as_alice, pk)


def test_the_file_of_a_killed_worker_is_written_again_with_one_event(as_alice, kettle, folder, monkeypatch):
    """The first worker is killed after the file is complete. It has no name yet, so that none is ready twice."""
    pk = ask(as_alice)
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "finish_pack", kill)
        with pytest.raises(KeyboardInterrupt):
            run_worker()
    assert [*folder.iterdir()] == []
    assert as_alice.get(f"{ADDRESS}{pk}/").json()["state"] == "waiting"
    run_worker()
    assert sha256(download(as_alice, pk)).hexdigest() == Pack.objects.get().sha256
    assert len(list_events(as_alice)) == 1


def kill(*_arguments):
    raise KeyboardInterrupt


def test_two_workers_write_a_pack_once(as_alice, alice, kettle, monkeypatch):
    """While one worker has the lock, the other writes nothing. Without the lock, both would write the file."""
    written, write_pack = [], jobs.write_pack
    monkeypatch.setattr(jobs, "write_pack", lambda *values: (written.append(1), write_pack(*values)))
    ask(as_alice)
    is_locked, may_end = threading.Event(), threading.Event()

    def hold_the_lock():
        with transaction.atomic():
            assert claim(Pack.objects.get())
            is_locked.set()
            may_end.wait(30)
        connection.close()

    other = threading.Thread(target=hold_the_lock)
    other.start()
    try:
        is_locked.wait(30)
        Pack.objects.update(recorded_until=Now() - timedelta(hours=1), as_of=Now() - timedelta(hours=1))
        run_worker()
        assert (written, Pack.objects.get().state) == ([], "waiting")
    finally:
        may_end.set()
        other.join()
    run_worker()
    assert (written, Pack.objects.get().state) == ([1], "ready")


def test_two_workers_at_the_same_time_record_one_event(as_alice, kettle):
    pk = ask(as_alice)
    run_concurrently(run_worker, run_worker)
    run_worker()
    assert sha256(download(as_alice, pk)).hexdigest() == Pack.objects.get().sha256
    assert len(list_events(as_alice)) == 1


def test_a_pack_waits_for_what_was_begun_before_its_data_ends(as_alice):
    began, may_end = threading.Event(), threading.Event()

    def book_slowly():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            began.set()
            may_end.wait(30)
        connection.close()

    other = threading.Thread(target=book_slowly)
    other.start()
    try:
        began.wait(30)
        ask(as_alice)
        run_worker()
        assert Pack.objects.get().state == "waiting"
    finally:
        may_end.set()
        other.join()
    run_worker()
    assert Pack.objects.get().state == "ready"


def test_a_pack_ends_at_its_time_limit(as_alice, monkeypatch):
    ask(as_alice)
    monkeypatch.setattr(jobs, "monotonic", count(step=jobs.MAX_SECONDS + 1).__next__)
    with pytest.raises(TimeoutError):
        run_worker()
    assert Pack.objects.get().state == "failed"


def test_what_another_worker_has_written_meanwhile_is_not_written_again(as_alice, as_charlie, alice, charlie):
    first, second, written = ask(as_alice), ask(as_charlie), []

    def write_all(pack, _on_progress):
        written.append(pack.pk)
        Pack.objects.filter(pk=second).update(state="ready", expires_at=Now() + timedelta(days=1))

    write_files(Pack, write_all, lambda: False)
    assert written == [first]


def make_waiting(model, owner):
    now = datetime.now(UTC)
    return model.objects.create(owner=owner, **({} if model is Export else {"as_of": now, "recorded_until": now}))


@pytest.mark.parametrize(("model", "may_write"), [(Pack, False), (Export, True)])
def test_two_packs_are_written_at_the_same_time_and_exports_beside_them(alice, charlie, model, may_write):
    def hold_the_lock(row):
        with transaction.atomic():
            found.append(claim(row))
            have_locked.wait(30)
            may_end.wait(30)
        connection.close()

    found, have_locked, may_end = [], threading.Barrier(3), threading.Event()
    rows = [make_waiting(Pack, owner) for owner in (alice, charlie)]
    others = [threading.Thread(target=hold_the_lock, args=[row]) for row in rows]
    for other in others:
        other.start()
    try:
        have_locked.wait(30)
        with transaction.atomic():
            assert (found, claim(make_waiting(model, make_user("erin")))) == ([True, True], may_write)
    finally:
        may_end.set()
        for other in others:
            other.join()


@pytest.mark.parametrize(("model", "write"), [(Export, write_export), (Pack, jobs.write_one)])
def test_a_worker_whose_file_was_deleted_when_another_had_finished_the_row_does_not_fail(
    alice, monkeypatch, folder, model, write
):
    """The lock of the first one ends before it finishes the row, so the second one may be writing then."""
    row, write_file = make_waiting(model, alice), takeout_jobs.write_file
    others = [partial(write, row, lambda: None)]

    def let_another_finish(*values):
        written = write_file(*values)
        if others:
            run_concurrently(others.pop())
            run_concurrently(partial(takeout_services.delete_unknown_files, model))
        return written

    monkeypatch.setattr(takeout_services, "claim", lambda _row: True)
    monkeypatch.setattr(takeout_jobs, "write_file", let_another_finish)
    write(row, lambda: None)
    assert [path.name for path in folder.iterdir()] == [row.path.name]


@pytest.mark.parametrize(
    ("error", "state"), [(OSError("no room"), "failed"), (InterfaceError("connection already closed"), "waiting")]
)
def test_a_pack_that_can_not_be_written(as_alice, monkeypatch, error, state):
    pk = ask(as_alice)

    def fail(*_arguments):
        raise error

    monkeypatch.setattr(jobs, "write_pack", fail)
    with pytest.raises(type(error)):
        run_worker()
    refused = as_alice.get(f"{ADDRESS}{pk}/file/").json()
    assert (refused["code"], refused["state"]) == ("pack_not_ready", state)


# --- How long packs are kept ---------------------------------------------------------------------------------


def test_a_pack_is_deleted_after_400_days(as_alice, folder):
    pk = ask(as_alice)
    run_worker()
    pack = Pack.objects.get()
    assert pack.expires_at - pack.finished_at == timedelta(days=400)
    Pack.objects.update(expires_at=Now())
    run_worker()
    assert (as_alice.get(f"{ADDRESS}{pk}/").status_code, [*folder.iterdir()]) == (404, [])


def test_the_oldest_pack_makes_room(as_alice, folder, monkeypatch):
    monkeypatch.setattr(Pack, "MAX_FILES", 2)
    made = []
    for _ in range(3):
        made.append(ask(as_alice))
        run_worker()
    assert [row["id"] for row in as_alice.get(ADDRESS).json()["results"]] == [made[2], made[1]]
    assert len([*folder.iterdir()]) == 2


def test_packs_and_exports_leave_each_other_s_files(as_alice, alice, folder):
    pk = ask(as_alice)
    as_alice.post("/api/account/export/")
    run_worker()
    write_waiting(lambda: False)
    (folder / f"pack-{alice.pk}-{pk + 1}.zip").touch()
    run_worker()
    assert len([*folder.iterdir()]) == 2
    assert download(as_alice, pk)


def test_erasing_a_person_removes_the_packs_from_before(as_alice, alice, folder):
    pk = ask(as_alice)
    run_worker()
    supplier = Supplier.objects.create(owner=alice, name="Ada Fern")
    assert as_alice.post(f"/api/suppliers/{supplier.pk}/erase/").status_code == 200
    assert as_alice.get(f"{ADDRESS}{pk}/file/").status_code == 404
    run_worker()
    assert (as_alice.get(ADDRESS).json()["results"], [*folder.iterdir()]) == ([], [])
    pk = ask(as_alice)
    run_worker()
    assert download(as_alice, pk)


def test_a_shop_that_closes_can_still_make_a_pack_until_its_files_are_removed(as_alice, alice, folder):
    pk = ask(as_alice)
    run_worker()
    make_due(alice)
    remove_all()
    assert [*folder.iterdir()] == []
    assert not Pack.objects.filter(pk=pk).exists()


# --- Pages ---------------------------------------------------------------------------------------------------


def test_the_pages_ask_for_a_pack_and_print_its_digest(client, alice, kettle):
    client.force_login(alice)
    html = {"accept": "text/html"}
    assert ADDRESS in client.get("/shop/reports/", headers=html).content.decode()
    assert "/shop/form/stock/evidence/" in client.get(ADDRESS, headers=html).content.decode()
    form = client.get("/shop/form/stock/evidence/").content.decode()
    assert 'name="as_of"' in form
    answer = client.post("/shop/form/stock/evidence/", {"as_of": "2025-12-31", "clock": "occurred"})
    pack = Pack.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{ADDRESS}{pack.pk}/")
    assert "file/" not in client.get(f"{ADDRESS}{pack.pk}/", headers=html).content.decode()
    run_worker()
    pack.refresh_from_db()
    page = client.get(f"{ADDRESS}{pack.pk}/", headers=html).content.decode()
    assert f"{ADDRESS}{pack.pk}/file/" in page
    assert pack.sha256 in client.get(f"{ADDRESS}{pack.pk}/paper/").content.decode()
    assert client.get(f"{ADDRESS}{pack.pk}/late/", headers=html).status_code == 200


def test_the_page_that_closes_a_shop_asks_for_a_pack_first(client, alice):
    client.force_login(alice)
    html = {"accept": "text/html"}
    assert ADDRESS in client.get("/api/account/close/", headers=html).content.decode()
    form = client.get(find_form("/api/account/close/", "post"), headers=html).content.decode()
    assert "First make and download those" in form


def test_the_support_desk_shows_packs_without_their_files(support, as_alice):
    pk = ask(as_alice)
    assert support.get(reverse("admin:evidence_pack_changelist")).status_code == 200
    page = support.get(reverse("admin:evidence_pack_change", args=[pk])).content.decode()
    assert "waiting" in page.lower()
    assert "Save" not in page
