"""Enter what was counted: by several people, by scanned codes, at places, and in place of mistakes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from testing.cast.people import make_location, make_product
from testing.cast.sheets import OpenSheet
from testing.tables import all_cases
from trade.sheets import services
from trade.sheets.models import Entry


def codes_of(response):
    """Return the codes of the refused entries by their index."""
    return {line["line"]: line["code"] for line in response.json()["lines"]}


def test_entries_of_a_product_add_up(as_alice, as_bob, kettle):
    sheet = OpenSheet(as_alice, kettle)
    sheet.enter(kettle, 4)
    assert sheet.enter(kettle, 3, as_bob).json()["entries_total"] == 2
    row = sheet.differences()[kettle.pk]
    assert (row["counted"], row["entries"], row["counted_by"]) == (7, 2, ["alice", "bob"])


@pytest.mark.quick
def test_a_product_is_named_by_id_code_or_scanned_text(as_alice, alice):
    pot = make_product(alice, "Pot", sku="POT", barcode="4006381333931", external_id="p-1")
    sheet = OpenSheet(as_alice, pot)
    names = [{"sku": "pot"}, {"barcode": "4006381333931"}, {"external_id": "P-1"}, {"code": "POT"}, {"product": pot.pk}]
    names.append({"code": "]C10104006381333931"})
    assert sheet.send([{**name, "quantity": 1} for name in names]).status_code == 201
    assert sheet.differences()[pot.pk]["counted"] == 6


def test_the_code_of_a_case_stands_for_its_units(as_alice, alice):
    pot = make_product(alice, "Pot")
    as_alice.patch(f"/api/products/{pot.pk}/", {"codes": [{"code": "CASE", "quantity": 6}]})
    sheet = OpenSheet(as_alice, pot)
    entered = sheet.send([{"code": "CASE", "quantity": 2}]).json()["entries"]
    assert [entry["quantity"] for entry in entered] == [12]


def test_an_entry_replaces_another_one(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    wrong = sheet.enter(kettle, 40).json()["entries"][0]["id"]
    right = sheet.enter(kettle, 4, replaces=wrong).json()["entries"][0]["id"]
    assert sheet.differences()[kettle.pk]["counted"] == 4
    listed = as_client_rows(sheet)
    assert [(row["id"], row["replaces"], row["replaced"]) for row in listed] == [
        (right, wrong, False),
        (wrong, None, True),
    ]
    assert codes_of(sheet.enter(kettle, 5, replaces=wrong)) == {0: "replaces_unknown"}
    assert sheet.enter(kettle, 5, replaces=right).status_code == 201
    assert sheet.differences()[kettle.pk]["counted"] == 5


def as_client_rows(sheet):
    return sheet.client.get(f"{sheet.address}entries/").json()["results"]


def test_an_entry_replaces_only_entries_of_its_product_and_sheet(as_alice, alice):
    pot, cup = make_product(alice, "Pot"), make_product(alice, "Cup")
    sheet, other = OpenSheet(as_alice, pot, cup), OpenSheet(as_alice, pot)
    of_cup, elsewhere = (s.enter(p, 1).json()["entries"][0]["id"] for s, p in ((sheet, cup), (other, pot)))
    for replaced in (of_cup, elsewhere, 999_999):
        assert codes_of(sheet.enter(pot, 1, replaces=replaced)) == {0: "replaces_unknown"}


def test_two_lines_do_not_replace_the_same_entry(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    wrong = sheet.enter(kettle, 40).json()["entries"][0]["id"]
    line = {"product": kettle.pk, "quantity": 4, "replaces": wrong}
    assert codes_of(sheet.send([line, line])) == {1: "replaces_unknown"}


def test_a_sheet_of_an_archived_location_takes_no_entries(as_alice, alice, kettle):
    cellar = make_location(alice)
    sheet = OpenSheet(as_alice, kettle, location=cellar.pk)
    assert as_alice.delete(f"/api/locations/{cellar.pk}/").status_code == 204
    assert codes_of(sheet.enter(kettle, 1)) == {0: "location_not_found"}


@pytest.mark.quick
def test_all_entries_are_added_or_none(as_alice, alice, kettle):
    gone = make_product(alice, "Gone")
    sheet = OpenSheet(as_alice, kettle, gone)
    as_alice.delete(f"/api/products/{gone.pk}/")
    refused = sheet.send([
        {"product": kettle.pk, "quantity": 1}, {"product": make_product(alice).pk, "quantity": 1}, {"quantity": 1},
        {"product": 999_999, "quantity": 1}, {"code": "unknown", "quantity": 1}, {"product": gone.pk, "quantity": 1},
        {"product": kettle.pk, "quantity": 1, "location": "nowhere"}, {"product": kettle.pk, "quantity": -1},
        {"product": kettle.pk, "code": "x", "quantity": 1},
    ])  # fmt: skip
    assert refused.status_code == 400
    assert codes_of(refused) == {
        1: "not_on_sheet", 2: "invalid", 3: "product_not_found", 4: "product_not_found", 5: "product_archived",
        6: "location_not_found", 7: "invalid", 8: "invalid",
    }  # fmt: skip
    assert not Entry.objects.exists()


def test_a_product_that_is_not_on_the_sheet_is_counted_as_an_extra(as_alice, alice, kettle):
    extra = make_product(alice, "Extra", 3)
    sheet = OpenSheet(as_alice, kettle)
    assert sheet.enter(extra, 5, extra=True).status_code == 201
    assert sheet.states() == {kettle.pk: "uncounted", extra.pk: "counted"}
    assert sheet.read()["lines_total"] == 2
    sheet.book(products=[extra.pk])
    assert sheet.states() == {kettle.pk: "uncounted", extra.pk: "booked"}


@pytest.mark.quick
def test_an_entry_counts_at_its_time(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    opened = datetime.fromisoformat(sheet.read()["created_at"])
    assert codes_of(sheet.enter(kettle, 1, counted_at=(opened - timedelta(seconds=1)).isoformat())) == {
        0: "counted_too_early"
    }
    future = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert codes_of(sheet.enter(kettle, 1, counted_at=future)) == {0: "invalid"}
    now = datetime.now(UTC).isoformat()
    assert sheet.enter(kettle, 1, counted_at=now).status_code == 201


def test_a_sheet_of_a_location_takes_only_entries_of_it(as_alice, alice, kettle):
    cellar = make_location(alice)
    make_location(alice, "Van")
    sheet = OpenSheet(as_alice, kettle, location=cellar.pk)
    assert codes_of(sheet.enter(kettle, 1, location="Van")) == {0: "not_on_sheet"}
    entered = [sheet.enter(kettle, 1, **place).json()["entries"][0] for place in ({}, {"location": cellar.pk})]
    assert {entry["location"] for entry in entered} == {cellar.pk}


def test_an_idempotency_key_enters_once(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    line = {"product": kettle.pk, "quantity": 2}
    first, again = (sheet.send([line], headers={"Idempotency-Key": "e"}) for _ in range(2))
    assert (first.status_code, first.content) == (201, again.content)
    assert Entry.objects.count() == 1


@all_cases("entries", [None, [], [1], "x", [{}] * 501])
def test_wrong_entries_are_refused(as_alice, kettle, entries):
    sheet = OpenSheet(as_alice, kettle)
    assert as_alice.post(f"{sheet.address}entries/", {"entries": entries}).status_code == 400
    assert not Entry.objects.exists()


# --- Blind sheets ---------------------------------------------------------------------------------------------

# What is in stock, and what somebody else has entered. No id and no part of a time has as many digits.
STOCK, OTHERS = 97_654_321, 86_543_217


def test_nothing_that_a_worker_reads_of_a_blind_sheet_tells_a_quantity(as_alice, as_bob, alice):
    pot, cup = make_product(alice, "Pot", STOCK), make_product(alice, "Cup", STOCK)
    sheet = OpenSheet(as_alice, pot, cup, tolerance={"units": 12_345_678})
    sheet.enter(pot, OTHERS)
    sheet.enter(cup, OTHERS)
    sheet.client.post(f"{sheet.address}recount/", {"products": [cup.pk]})
    sheet.enter(cup, 5, as_bob)
    texts = [
        as_bob.get(f"{sheet.address}{part}", {"format": form} if form else {}, headers={"Accept": accept})
        for part in ("", "lines/", "lines/?state=counted", "entries/", "file/")
        for form, accept in (("", "application/json"), ("", "text/html"), ("csv" if "file" in part else "json", "*/*"))
    ]
    texts += [as_bob.get("/api/stock/sheets/"), sheet.enter(pot, 5, as_bob), as_bob.get(f"{sheet.address}differences/")]
    read = "".join(answer.getvalue().decode() for answer in texts)
    assert not any(f"{number}" in read for number in (STOCK, OTHERS, STOCK - OTHERS))
    assert f"{OTHERS + 5}" in as_alice.get(f"{sheet.address}lines/").text


def test_a_worker_sees_the_quantities_that_it_entered(as_alice, as_bob, kettle):
    sheet = OpenSheet(as_alice, kettle)
    sheet.enter(kettle, 3)
    sheet.enter(kettle, 5, as_bob)
    shown = [row["quantity"] for row in as_bob.get(f"{sheet.address}entries/").json()["results"]]
    assert shown == [5, None]


@pytest.mark.quick
def test_everybody_sees_the_quantities_of_a_sheet_that_is_not_blind(as_alice, as_bob, kettle):
    sheet = OpenSheet(as_alice, kettle, blind=False)
    sheet.enter(kettle, 3)
    assert as_bob.get(f"{sheet.address}lines/").json()["results"][0]["counted"] == 3


# --- The database ---------------------------------------------------------------------------------------------


@pytest.mark.quick
@all_cases("statement", ["UPDATE sheets_entry SET quantity = 1", "DELETE FROM sheets_entry"])
def test_entries_are_never_changed(as_alice, kettle, statement):
    OpenSheet(as_alice, kettle).enter(kettle, 3)
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@all_cases(
    ("constraint", "statement"), [
        ("sheets_sheet_state", "UPDATE sheets_sheet SET state = 'booked'"),
        ("sheets_sheet_state", "UPDATE sheets_sheet SET state = 'lost'"),
        ("sheets_sheetline_once", "INSERT INTO sheets_sheetline (owner_id, sheet_id, product_id)"
         " SELECT owner_id, sheet_id, product_id FROM sheets_sheetline"),
        ("sheets_entry_quantity", "INSERT INTO sheets_entry (owner_id, sheet_id, product_id, lot, quantity, counted_at,"
         " entered_by_id, created_at) SELECT owner_id, sheet_id, product_id, '', -1, now(), owner_id, now()"
         " FROM sheets_sheetline"),
    ],
)  # fmt: skip
def test_the_database_refuses_wrong_rows(as_alice, kettle, constraint, statement):
    OpenSheet(as_alice, kettle)
    # Citus raises an InternalError.
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_sheet_has_a_limit_of_entries(as_alice, kettle, monkeypatch):
    monkeypatch.setattr(services, "MAX_ENTRIES_OF_SHEET", 3)
    sheet = OpenSheet(as_alice, kettle)
    two = [{"product": kettle.pk, "quantity": 1}] * 2
    assert sheet.send(two).status_code == 201
    refused = sheet.send(two)
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (409, "too_many_entries", 3)
    assert (sheet.enter(kettle, 1).json()["entries_total"], sheet.differences()[kettle.pk]["counted"]) == (3, 3)
