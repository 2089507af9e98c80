"""A damaged or forged archive is refused with a message. refuse() checks that nothing changes: no row, no sequence."""

import io
import json
from zipfile import ZipFile

import pytest
from django.conf import settings

from desk.takeout.errors import ImportRefused
from desk.takeout.importing import services
from desk.takeout.importing.services import import_shop
from desk.takeout.tests.conftest import alter, export, forge, refuse, rewrite
from testing.tables import all_cases
from users.models import ApiKey, EventKind, SecurityEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("kettle")]


@pytest.fixture
def file(alice, kettle):
    """Return the export of Alice's shop, which has one product."""
    return export(alice)


def edit_about(file, **values):
    """Return the archive with other values in about.json."""
    with ZipFile(file) as archive:
        about = json.loads(archive.read("about.json"))
    return rewrite(file, **{"about.json": json.dumps({**about, **values}).encode()})


def test_a_key_that_is_missing_is_found_before_the_sequences_move(alice, monkeypatch):
    event = SecurityEvent.objects.create(user=alice, account=alice, kind=EventKind.UNLOCKED)
    file = alter(export(alice), "users_securityevent", api_key_id=event.pk)
    assert "an event names what is not there: API key" in refuse(
        file, accept_large_ids=True
    )  # tests before have used up ids


@pytest.mark.skipif(settings.DB_CITUS, reason="Citus checks such constraints at COMMIT alone")
def test_a_violation_that_only_commit_would_find_is_refused_before_the_sequences_move(alice, monkeypatch):
    event = SecurityEvent.objects.create(user=alice, account=alice, kind=EventKind.UNLOCKED)
    file = alter(export(alice), "users_securityevent", api_key_id=event.pk)
    monkeypatch.setitem(services.sql.RULES, "users_securityevent", "SELECT WHERE %(owner)s IS NULL")
    assert "users_securityevent_api_key_id" in refuse(file, accept_large_ids=True)


@all_cases(
    ("table", "old", "new", "text"),
    [
        ("users_user", b'"username"', b'"password":"x","username"', "columns that users_user lacks: password"),
        ("users_user", b'"role":"owner"', b'"is_staff":true,"role":"owner"', "lacks: is_staff"),
        ("products_product", b'"owner_id":', b'"owner_id":1', "rows of another shop"),
        ("products_product", b'"id":', b'"id":-', "is no id"),
        ("products_product", b'"quantity":10', b'"quantity":9', "does not hold"),
        ("products_product", b'"price":"10.00"', b'"price":"tea"', "'tea' is no price."),
        ("stock_operation", b'"id":', b'"(SELECT 1)":', "columns that stock_operation lacks"),
        ("stock_operation", b'"id":', b'"owner_id":', "twice in one object"),
        ("stock_movement", b'{', b'{"unit_price":NaN,', "NaN is not JSON"),
        ("stock_movement", b'"product_name":"Kettle"', b'"product_name":"Cattle"', "not what was sealed: seal 1"),
    ],
)  # fmt: skip
def test_a_forged_row_is_refused(file, table, old, new, text):
    assert text in refuse(forge(file, f"tables/{table}.jsonl", lambda rows: rows.replace(old, new)))


def test_missing_and_different_rows_are_refused(file):
    assert "has 0 rows, not 1" in refuse(forge(file, "tables/products_product.jsonl", lambda _: b""))
    name = "tables/history_change.jsonl"
    with ZipFile(file) as archive:
        first, *_ = archive.read(name).splitlines()
    for column, text in (("via", "a row without via"), ("more", "columns that history_change lacks: more")):
        row = {**json.loads(first), "id": 10**6, column: 1}
        if column == "via":
            del row[column]
        assert text in refuse(forge(file, name, lambda rows, row=row: rows + json.dumps(row).encode()))
    for row in (b"[]", b"7", b"[" * 100_000):
        assert "damaged" in refuse(forge(file, "tables/products_category.jsonl", lambda _, row=row: row))


def test_a_damaged_archive_is_refused(file):
    changed = rewrite(file, **{"tables/products_product.jsonl": b""})
    assert refuse(changed) == "tables/products_product.jsonl is not what was exported: its digest differs."
    content = file.getvalue()
    start = content.index(b"about.json") + 100
    assert "damaged" in refuse(io.BytesIO(content[:start] + bytes(50) + content[start + 50 :]))
    flags = content.rindex(b"about.json") - 46 + 8
    assert "encrypted" in refuse(io.BytesIO(content[:flags] + b"\1" + content[flags + 1 :]))


def test_another_form_of_about_is_refused(file):
    with ZipFile(file) as archive:
        tables = json.loads(archive.read("about.json"))["tables"]
    assert "has no history_moon" in refuse(edit_about(file, tables={**tables, "history_moon": 0}))
    assert "reads 1" in refuse(edit_about(file, format=2))
    for damaged in ({"account": "1"}, {"tables": []}, {"tables": {"users_user": "1"}}, {"files": {}}, {"owner": 7}):
        assert "damaged" in refuse(edit_about(file, **damaged)), damaged


def test_the_name_for_the_owner_is_checked(file, bob):
    for name, text in (("bob", "The name bob is taken"), ("a b", "a b is no user name"), ("x" * 151, "no user name")):
        with pytest.raises(ImportRefused, match=text):
            import_shop(file, lambda _text: None, name)


# --- The people ----------------------------------------------------------------------------------------------


def add_row(file, table, **values):
    """Return the archive with one more row of the table, like its first one but for these values."""

    def add(lines):
        return lines + json.dumps({**json.loads(lines.splitlines()[0]), **values}).encode() + b"\n"

    with ZipFile(file) as archive:
        about = json.loads(archive.read("about.json"))
    about["tables"][table] += 1
    return forge(rewrite(file, **{"about.json": json.dumps(about).encode()}), f"tables/{table}.jsonl", add)


def test_only_the_owner_and_its_workers_are_taken(alice, bob, charlie):
    file, other = export(alice), alice.pk + 1000
    mallory = {"id": other, "username": "mallory", "email": ""}
    for changes in (
        {},  # an owner
        {"role": "worker"},  # a worker of nobody
        {"role": "worker", "employer_id": charlie.pk},
        {"role": "worker", "employer_id": other},
        {"employer_id": alice.pk},  # an owner with an employer
        {"role": "worker", "employer_id": alice.pk, "led_by_id": bob.pk},
    ):
        assert (
            refuse(add_row(file, "users_user", **mallory, **changes))
            == "users_user in the file has rows of another shop."
        )


def test_a_shop_without_its_owner_is_refused(alice, bob, charlie):
    file = export(alice)
    assert "rows of another shop" in refuse(alter(file, "users_user", id=alice.pk + 1000))
    assert "rows of another shop" in refuse(alter(file, "users_user", role="worker"))
    for leader in (charlie.pk, alice.pk + 1000):
        assert refuse(alter(file, "users_user", led_by_id=leader)) == "The file has no owner of the shop."


def test_rows_of_other_users_and_shops_are_refused(alice, bob, charlie):
    SecurityEvent.objects.create(user=bob, account=alice, kind=EventKind.UNLOCKED)
    ApiKey.objects.create(user=bob, name="till", scope="book", prefix="a" * 12, digest=bytes(32))
    file = export(alice)
    for table, values in (
        ("users_securityevent", {"account_id": charlie.pk}),
        ("users_securityevent", {"account_id": None}),
        ("users_apikey", {"user_id": charlie.pk}),
        ("history_change", {"owner_id": charlie.pk}),
    ):
        assert refuse(alter(file, table, **values)) == f"{table} in the file has rows of another shop."
