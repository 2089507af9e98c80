"""The routes of exports, and the worker that writes the files."""

import io
import os
import threading
from datetime import timedelta
from functools import partial
from zipfile import ZipFile

import pytest
from django.db import InterfaceError, connection, transaction
from django.db.models.functions import Now
from django.urls import reverse

from desk.takeout import jobs, services
from desk.takeout.columns import list_shop_tables
from desk.takeout.models import Export, ExportState
from desk.takeout.reading import archive
from desk.takeout.tests.conftest import export, read_table, run_worker
from stock.models import Movement
from testing.cast.people import make_product
from testing.races import run_concurrently
from testing.reading.browser import Browser
from users.leaving.tests.test_closing_shops import make_due, remove_all
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]

ADDRESS = "/api/account/export/"


def start(client):
    answer = client.post(ADDRESS)
    assert answer.status_code == 202
    return answer.json()["id"]


def download(client, pk):
    answer = client.get(f"{ADDRESS}{pk}/file/")
    assert answer.status_code == 200, answer.json()
    return io.BytesIO(b"".join(answer.streaming_content))


def test_an_owner_exports_its_shop_into_a_file_that_only_the_system_user_may_read(as_alice, alice, kettle, folder):
    answer = as_alice.post(ADDRESS)
    export = Export.objects.get()
    assert (answer.status_code, answer.json()) == (202, {
        "id": export.pk, "state": "waiting", "size": None, "finished_at": None, "expires_at": None,
        "created_at": export.created_at.isoformat().replace("+00:00", "Z"),
    })  # fmt: skip
    run_worker()
    file = download(as_alice, export.pk)
    found = as_alice.get(f"{ADDRESS}{export.pk}/").json()
    assert (found["state"], found["size"]) == ("ready", len(file.getvalue()))
    answer = as_alice.get(f"{ADDRESS}{export.pk}/file/")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="shop-{alice.pk}-{export.pk}.zip"'
    [path] = folder.iterdir()
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert int(answer["Content-Length"]) == len(b"".join(answer.streaming_content)) == path.stat().st_size
    with ZipFile(file) as zip_file:
        assert b'"name":"Kettle"' in zip_file.read("tables/products_product.jsonl")
        assert b",Kettle," in zip_file.read("tables/products_product.csv")
        assert zip_file.testzip() is None


@pytest.mark.quick
@pytest.mark.django_db
def test_an_export_is_a_security_event(as_alice, alice):
    start(as_alice)
    events = as_alice.get("/api/users/events/?kind=shop_exported").json()["results"]
    assert [(event["kind"], event["user"]) for event in events] == [("shop_exported", alice.pk)]


def test_a_shop_has_one_export_at_a_time(as_alice, as_charlie):
    pk = start(as_alice)
    refused = as_alice.post(ADDRESS)
    assert (refused.status_code, refused.json()["code"]) == (409, "export_running")
    refused = as_alice.get(f"{ADDRESS}{pk}/file/")
    assert (refused.status_code, refused.json()["code"], refused.json()["state"]) == (
        409, "export_not_ready", "waiting",
    )  # fmt: skip
    start(as_charlie)
    run_worker()
    start(as_alice)


def test_a_key_starts_one_export(as_alice):
    first, again = (as_alice.post(ADDRESS, headers={"Idempotency-Key": "friday"}) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (202, 202, first.json())


@pytest.mark.quick
def test_a_new_export_replaces_the_last_one(as_alice, folder):
    first = start(as_alice)
    run_worker()
    second = start(as_alice)
    assert download(as_alice, first)
    run_worker()
    assert [row["id"] for row in as_alice.get(ADDRESS).json()["results"]] == [second]
    assert [path.name.endswith(f"-{second}.zip") for path in folder.iterdir()] == [True]


def test_workers_have_no_exports(as_alice, as_bob, as_dora):
    pk = start(as_alice)
    run_worker()
    for client in (as_bob, as_dora):
        assert [client.get(ADDRESS).status_code, client.post(ADDRESS).status_code] == [403, 403]
        assert client.get(f"{ADDRESS}{pk}/file/").status_code == 403


def test_a_file_that_is_gone_is_a_404(as_alice, folder):
    pk = start(as_alice)
    run_worker()
    [path] = folder.iterdir()
    path.unlink()
    refused = as_alice.get(f"{ADDRESS}{pk}/file/")
    assert refused.status_code == 404


@pytest.mark.quick
@pytest.mark.django_db
def test_the_file_of_an_expired_export_is_deleted_with_its_row(alice, folder):
    export = Export.objects.create(owner=alice, state=ExportState.READY, expires_at=Now())
    folder.mkdir()
    export.path.touch()
    services.delete_expired(Export)
    assert (export.path.exists(), Export.objects.exists()) == (False, False)


def test_an_expired_export_is_a_404_while_no_worker_runs(as_alice, folder):
    pk = start(as_alice)
    run_worker()
    Export.objects.update(expires_at=Now())
    assert [as_alice.get(f"{ADDRESS}{pk}/{path}").status_code for path in ("", "file/")] == [404, 404]
    assert as_alice.get(ADDRESS).json()["results"] == []


def test_an_export_is_deleted_after_seven_days(as_alice, folder):
    pk = start(as_alice)
    run_worker()
    export = Export.objects.get()
    assert export.expires_at - export.finished_at == timedelta(days=7)
    Export.objects.update(expires_at=Now() + timedelta(seconds=30))
    run_worker()
    assert download(as_alice, pk)
    Export.objects.update(expires_at=Now())
    run_worker()
    assert (as_alice.get(f"{ADDRESS}{pk}/").status_code, [*folder.iterdir()]) == (404, [])


# --- The worker ----------------------------------------------------------------------------------------------


def test_an_export_waits_for_the_next_worker_if_this_one_stops(as_alice, kettle, folder):
    pk, calls = start(as_alice), []

    def stop_at_the_fifth_call():
        calls.append(1)
        return len(calls) >= 5

    run_worker(stop_at_the_fifth_call)
    assert (Export.objects.get().state, [*folder.iterdir()]) == ("waiting", [])
    run_worker()
    assert download(as_alice, pk)


def test_the_file_of_a_killed_worker_is_written_again(as_alice, kettle, folder):
    pk = start(as_alice)
    folder.mkdir()
    Export.objects.get().path.with_suffix(".unfinished-7").write_bytes(b"half a file")
    run_worker()
    assert ZipFile(download(as_alice, pk)).testzip() is None
    assert len([*folder.iterdir()]) == 1


def test_the_file_of_a_shop_that_is_removed_meanwhile_is_deleted(as_alice, alice, kettle, folder, monkeypatch):
    start(as_alice)
    write_file, found = jobs.write_file, []

    def remove_after_writing(*arguments):
        written = write_file(*arguments)
        run_concurrently(remove_shop)
        found.extend(path.suffix for path in folder.iterdir())
        return written

    def remove_shop():
        make_due(alice)
        remove_all()

    monkeypatch.setattr(jobs, "write_file", remove_after_writing)
    run_worker()
    assert ([suffix.split("-")[0] for suffix in found], [*folder.iterdir()]) == ([".unfinished"], [])
    assert not User.objects.filter(pk=alice.pk).exists()


def test_the_files_of_a_removed_shop_alone_are_deleted(as_alice, alice, folder):
    pk = start(as_alice)
    run_worker()
    for name in (f"shop-{alice.pk}-{pk + 1}.zip", f"shop-{alice.pk + 1}-{pk}.unfinished", "shop-of-alice.zip"):
        (folder / name).touch()
    run_worker()
    assert {path.name for path in folder.iterdir()} == {f"shop-{alice.pk}-{pk}.zip", "shop-of-alice.zip"}


def test_two_workers_do_not_write_the_same_export(as_alice, alice):
    start(as_alice)
    is_locked, may_end = threading.Event(), threading.Event()

    def hold_the_lock():
        with transaction.atomic():
            assert services.claim(Export.objects.get())
            is_locked.set()
            may_end.wait(30)
        connection.close()

    other = threading.Thread(target=hold_the_lock)
    other.start()
    try:
        is_locked.wait(30)
        run_worker()
        assert Export.objects.get().state == ExportState.WAITING
    finally:
        may_end.set()
        other.join()
    run_worker()
    assert Export.objects.get().state == ExportState.READY


def list_finished(caplog):
    return [record for record in caplog.records if record.getMessage() == "export finished"]


@pytest.mark.parametrize("is_claimed", [True, False])
def test_of_two_workers_with_one_waiting_row_one_finishes_it(as_alice, monkeypatch, caplog, folder, is_claimed):
    """Both have read the row before one finishes it, and after the lock has ended. Without the claim both write."""
    caplog.set_level("INFO")
    pk, written = start(as_alice), []
    row, write_file = Export.objects.get(), jobs.write_file
    monkeypatch.setattr(jobs, "write_file", lambda *values: written.append(1) or write_file(*values))
    if not is_claimed:
        monkeypatch.setattr(services, "claim", lambda _row: True)
    run_concurrently(*[partial(jobs.write_export, row, lambda: None)] * 2)
    before = len(written)
    jobs.write_export(row, lambda: None)
    assert (len(written) == before) == is_claimed
    assert len(download(as_alice, pk).getvalue()) == Export.objects.get().size
    assert len(list_finished(caplog)) == len([*folder.iterdir()]) == 1


def test_a_second_worker_between_the_lock_and_the_result_takes_nothing_away(as_alice, monkeypatch, folder):
    """The lock ends before the row is finished, so both write. Both files would have been the export."""
    pk, row = start(as_alice), Export.objects.get()
    finish, others = services.finish, [partial(jobs.write_export, row, lambda: None)]

    def let_another_go_first(*values, **more):
        if others:
            run_concurrently(others.pop())
        return finish(*values, **more)

    monkeypatch.setattr(services, "finish", let_another_go_first)
    jobs.write_export(row, lambda: None)
    run_worker()
    found = download(as_alice, pk).getvalue()
    assert (len(found), ZipFile(io.BytesIO(found)).testzip()) == (Export.objects.get().size, None)
    assert [path.name for path in folder.iterdir()] == [row.path.name]


def fail_with(monkeypatch, error):
    """Let the worker fail to write a file."""

    def fail(*_):
        raise error

    monkeypatch.setattr(jobs, "write_file", fail)
    with pytest.raises(type(error)):
        run_worker()


@pytest.mark.quick
@pytest.mark.django_db
def test_an_export_is_finished_once(as_alice):
    start(as_alice)
    row = Export.objects.get()
    assert [services.finish(row, state) for state in (ExportState.FAILED, ExportState.READY)] == [True, False]
    assert Export.objects.get().state == ExportState.FAILED


def test_an_export_that_can_not_be_written_has_failed(as_alice, monkeypatch, folder):
    pk = start(as_alice)
    fail_with(monkeypatch, OSError("no room"))
    assert as_alice.get(f"{ADDRESS}{pk}/").json()["state"] == "failed"
    assert as_alice.get(f"{ADDRESS}{pk}/file/").json()["state"] == "failed"
    start(as_alice)


def test_the_file_is_on_the_disk_before_the_export_is_ready(as_alice, monkeypatch, folder):
    pk, sizes = start(as_alice), []

    def note_size(descriptor):
        sizes.append((os.fstat(descriptor).st_size, Export.objects.get(pk=pk).state))

    monkeypatch.setattr(os, "fsync", note_size)
    run_worker()
    [file] = folder.iterdir()
    assert sizes == [(file.stat().st_size, "waiting")]


def test_an_export_waits_while_the_database_is_away(as_alice, monkeypatch):
    pk = start(as_alice)
    fail_with(monkeypatch, InterfaceError("connection already closed"))
    assert as_alice.get(f"{ADDRESS}{pk}/").json()["state"] == "waiting"


def test_an_export_reads_one_snapshot(alice, kettle, monkeypatch):
    """Without the snapshot, the last tables would have rows that the first ones lack."""

    def list_after_a_booking():
        def book():
            make_product(alice, "Cup", quantity=3)
            connection.close()

        def walk():
            for table in list_shop_tables():
                if table.name == "stock_movement":
                    booking = threading.Thread(target=book)
                    booking.start()
                    booking.join()
                yield table

        return walk()

    monkeypatch.setattr(archive, "list_shop_tables", list_after_a_booking)
    file = export(alice)
    assert Movement.objects.count() == 2
    assert [row["product_name"] for row in read_table(file, "stock_movement")] == ["Kettle"]


# --- Pages ---------------------------------------------------------------------------------------------------


def test_the_pages_start_and_download_an_export(client, alice):
    client.force_login(alice)
    html = {"accept": "text/html"}
    assert ADDRESS in client.get("/api/account/", headers=html).content.decode()
    assert "Start an export" in client.get(ADDRESS, headers=html).content.decode()
    answer = client.post(ADDRESS, headers=html)
    pk = Export.objects.get().pk
    assert (answer.status_code, answer["Location"]) == (303, f"{ADDRESS}{pk}/")
    assert "file/" not in client.get(f"{ADDRESS}{pk}/", headers=html).content.decode()
    run_worker()
    assert f"{ADDRESS}{pk}/file/" in client.get(f"{ADDRESS}{pk}/", headers=html).content.decode()


def test_the_support_desk_shows_exports_without_their_files(support, as_alice):
    pk = start(as_alice)
    assert support.get(reverse("admin:takeout_export_changelist")).status_code == 200
    page = support.get(reverse("admin:takeout_export_change", args=[pk])).content.decode()
    assert "waiting" in page.lower()
    assert "Save" not in page


def test_the_page_of_an_export_looks_again_until_it_is_ready(alice, as_alice):
    address = f"{ADDRESS}{start(as_alice)}/"
    again = f'href="{address}">Look again</a>'
    assert again in Browser(alice).get_page(address)
    run_worker()
    assert "Look again" not in Browser(alice).get_page(address)
