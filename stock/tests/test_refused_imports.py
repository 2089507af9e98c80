"""An import that is refused is stored after its rollback, shown to the owner, and forgotten after 90 days."""

import html
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from products.filing import source
from products.filing.errors import ImportRunning
from products.filing.tests.importing import ADDRESS, upload
from products.models import Product
from stock.importing import history
from stock.importing import services as imports
from stock.importing.history import KEPT_DAYS, MAX_ROWS_KEPT, forget_refused_imports
from stock.models import Import
from testing.cast.people import client_of
from testing.reading.browser import Browser
from testing.tables import all_cases

LIST = "/api/products/import/refused/"
BAD = "name,price\nPot,1\nPan,abc\n"


def list_refused(client):
    return client.get(LIST).json()["results"]


def age(days):
    Import.objects.update(created_at=timezone.now() - timedelta(days=days))


def test_a_refused_import_is_stored_with_its_file_user_rows_and_errors(as_alice, alice):
    file = SimpleUploadedFile("goods.csv", BAD.encode(), "text/csv")
    answer = as_alice.post(ADDRESS, {"file": file}, format="multipart")
    [row] = list_refused(as_alice)
    assert (row["file_name"], row["performed_by"], row["performed_by_username"]) == ("goods.csv", alice.pk, "alice")
    assert (row["rows"], row["code"], row["total"]) == (2, "invalid_rows", 1)
    assert (row["refused"], row["detail"]) == (answer.json()["rows"], answer.json()["detail"])
    assert as_alice.get(f"{LIST}{row['id']}/").json() == row
    assert not Product.objects.exists()


@all_cases("text", [BAD, "name,price\nPan,1\n"])
def test_neither_a_dry_run_nor_an_import_that_succeeds_is_a_refused_one(as_alice, text):
    upload(as_alice, text, "?dry_run=true")
    upload(as_alice, text.replace("abc", "1"))
    assert list_refused(as_alice) == []


def test_a_refused_import_with_a_key_is_stored_after_its_key_is_rolled_back(as_alice):
    answers = [upload(as_alice, BAD, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.json()["code"] for answer in answers] == ["invalid_rows"] * 2
    assert len(list_refused(as_alice)) == 2
    assert upload(as_alice, BAD.replace("abc", "1"), **{"Idempotency-Key": "k"}).status_code == 200


@pytest.mark.quick
def test_a_request_whose_file_was_never_opened_is_no_refused_import(as_alice):
    upload(as_alice, "name,price\nPan,1\n", **{"Idempotency-Key": "k"})
    other = upload(as_alice, "name,price\nPot,1\n", **{"Idempotency-Key": "k"})
    assert (other.json()["code"], list_refused(as_alice)) == ("idempotency_key_reused", [])


@pytest.mark.django_db(transaction=True)
def test_the_row_is_committed_although_the_import_is_rolled_back(alice):
    upload(client_of(alice), BAD, **{"Idempotency-Key": "k"})
    assert (Import.objects.count(), Product.objects.count()) == (1, 0)


@all_cases(
    ("text", "code", "rows"),
    [
        ("%PDF-1.7", "invalid_file", 0),
        ("name,colour\nPan,red\n", "invalid_file", 0),
        ("name,price\n", "invalid_file", 0),
    ],
)
def test_a_refused_file_is_stored_with_the_reason(as_alice, text, code, rows):
    detail = upload(as_alice, text).json()["detail"]
    [row] = list_refused(as_alice)
    assert (row["code"], row["rows"], row["total"], row["refused"]) == ("invalid_file", 0, None, [])
    assert row["detail"] == detail[: history.MAX_TEXT_KEPT]


def test_too_many_rows_are_stored_with_the_number_that_was_read(as_alice, monkeypatch):
    monkeypatch.setattr(source, "MAX_ROWS", 2)
    assert upload(as_alice, "name,price\nA,1\nB,1\nC,1\n").json()["code"] == "too_many_rows"
    assert [(row["code"], row["rows"]) for row in list_refused(as_alice)] == [("too_many_rows", 2)]


def test_an_import_that_waited_too_long_is_stored(as_alice, monkeypatch):
    def wait(owner_id):
        raise ImportRunning

    monkeypatch.setattr(imports, "wait_for_other_imports", wait)
    assert upload(as_alice, "name,price\nPan,1\n").status_code == 503
    assert [row["code"] for row in list_refused(as_alice)] == ["import_running"]


def test_only_the_first_errors_are_stored(as_alice):
    upload(as_alice, "name,price\n" + "Pan,abc\n" * 50)
    [row] = list_refused(as_alice)
    assert (len(row["refused"]), row["refused"][0]["line"]) == (MAX_ROWS_KEPT, 2)
    assert row["total"] >= 50


@all_cases("name", ["a\x00b.csv", "\u202egpj.csv", "x" * 300, "\ud800.csv"])
def test_texts_that_can_not_be_stored_are_changed(as_alice, alice, name):
    answer = upload(as_alice, "name,price\nP\x00n,x\n")
    assert answer.status_code == 400
    [row] = list_refused(as_alice)
    assert row["file_name"] == ""  # the file was the body
    assert [each["cell"] for each in row["refused"]] == ["P\ufffdn", "x"]
    stored = history.clean(name, 255)
    Import.objects.create(owner=alice, performed_by=alice, rows=0, file_name=stored, code="x", refusal=row)


def test_an_error_while_storing_never_replaces_the_refusal(as_alice, monkeypatch):
    def fail(*_):
        raise DatabaseError

    monkeypatch.setattr(history, "write_refusal", fail)
    assert upload(as_alice, BAD).json()["code"] == "invalid_rows"
    assert list_refused(as_alice) == []


def test_refused_imports_are_forgotten_after_the_time_but_others_stay(as_alice):
    upload(as_alice, "name,price\nPan,1\n")
    upload(as_alice, BAD)
    age(KEPT_DAYS - 1)
    assert forget_refused_imports() == 0
    age(KEPT_DAYS + 1)
    assert forget_refused_imports() == 1
    assert [row.code for row in Import.objects.all()] == [""]


def test_the_page_of_the_import_shows_the_last_ones_to_the_owner(as_alice, alice, bob):
    for number in range(7):
        file = SimpleUploadedFile(f"goods-{number}.csv", BAD.encode(), "text/csv")
        as_alice.post(ADDRESS, {"file": file}, format="multipart")
    page = html.unescape(Browser(alice).get_page(ADDRESS))
    assert "Refused imports" in page
    assert [number for number in range(7) if f"goods-{number}.csv" in page] == [2, 3, 4, 5, 6]
    assert "goods-" not in Browser(bob).get_page(ADDRESS)
    row = Import.objects.latest("pk")
    assert "This is not a number" in Browser(alice).get_page(f"{LIST}{row.pk}/")
    assert "goods-0.csv" in Browser(alice).get_page(LIST)


@pytest.mark.quick
def test_others_see_no_refused_import(as_alice, bob, charlie):
    upload(as_alice, BAD)
    row = Import.objects.get()
    assert client_of(bob).get(LIST).status_code == 403
    assert list_refused(client_of(charlie)) == []
    assert client_of(charlie).get(f"{LIST}{row.pk}/").status_code == 404


def test_the_support_desk_shows_refused_imports_beside_others(as_alice, alice, admin_client):
    upload(as_alice, "name,price,quantity\nPan,1,2\n")
    upload(as_alice, BAD)
    refused, done = Import.objects.order_by("-pk")
    page = admin_client.get(f"/admin/stock/import/?owner={alice.pk}").text
    assert f"/admin/stock/import/{refused.pk}/change/" in page
    assert f"/admin/stock/import/{done.pk}/change/" in page
    assert (
        "Line 3, price: abc. This is not a number" in admin_client.get(f"/admin/stock/import/{refused.pk}/change/").text
    )
    account = admin_client.get(reverse("support-account", args=[alice.pk])).text
    assert f"/admin/stock/import/?owner={alice.pk}" in account


def test_only_an_import_that_left_rows_out_has_a_file(as_alice):
    upload(as_alice, BAD)
    upload(as_alice, BAD, "?wrong_rows=skip")
    left_out, refused = list_refused(as_alice)
    assert (left_out["code"], left_out["file"]) == ("rows_left_out", f"{LIST}{left_out['id']}/file/")
    assert refused["file"] is None
    assert as_alice.get(f"{LIST}{refused['id']}/file/").status_code == 404
    assert b"abc" in as_alice.get(left_out["file"]).getvalue()
