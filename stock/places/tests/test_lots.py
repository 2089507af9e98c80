"""Lots: lists, filters, and changes of code and date."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.time_zones import today
from products.filing.tests.importing import import_file
from stock.models import Location, Lot
from testing.cast.people import make_product
from testing.cast.places import put_away
from testing.races import run_behind_lock
from testing.tables import all_cases

URL = "/api/lots/"
TAKEN = {"code": ["This product has a lot with this code already."]}


@pytest.fixture
def lot(alice, kettle):
    return Lot.objects.create(owner=alice, product=kettle, code="H26", expires_on="2037-03-31")


def address_of(lot):
    return f"{URL}{lot.pk}/"


def list_codes(client, **query):
    return [row["code"] for row in client.get(URL, query).json()["results"]]


def test_a_lot_has_exactly_its_published_fields(as_alice, alice, kettle, lot):
    for number in range(2):
        put_away(kettle, 3, location=Location.objects.create(owner=alice, name=f"Shelf {number}"), lot=lot)
    answer = as_alice.get(address_of(lot)).json()
    created = answer.pop("created_at")
    assert created.endswith("Z")
    assert answer == {
        "id": lot.pk, "product": kettle.pk, "product_name": "Kettle", "code": "H26", "expires_on": "2037-03-31",
        "quantity": 6, "is_expired": False,
    }  # fmt: skip
    assert as_alice.get(URL).json()["results"] == [{**answer, "created_at": created}]


def test_lots_are_neither_created_nor_deleted_by_requests(as_alice, lot):
    assert as_alice.post(URL, {"product": lot.product_id, "code": "H27"}).status_code == 405
    assert as_alice.delete(address_of(lot)).status_code == 405


def test_a_lot_expires_after_its_date(as_alice, alice, kettle):
    for days in (-1, 0, 1):
        Lot.objects.create(owner=alice, product=kettle, code=f"{days}", expires_on=today() + timedelta(days=days))
    Lot.objects.create(owner=alice, product=kettle, code="none")
    expired = {row["code"]: row["is_expired"] for row in as_alice.get(URL).json()["results"]}
    assert expired == {"-1": True, "0": False, "1": False, "none": False}


def test_lots_are_filtered(as_alice, alice, kettle, lot):
    pot = make_product(alice, "Pot")
    Lot.objects.create(owner=alice, product=pot, code="P1")
    put_away(kettle, 1, lot=lot)
    assert list_codes(as_alice) == ["H26", "P1"]
    assert list_codes(as_alice, product=pot.pk) == ["P1"]
    assert list_codes(as_alice, expires_before="2037-04-01") == ["H26"]
    assert list_codes(as_alice, expires_before="2037-03-31") == []
    assert list_codes(as_alice, in_stock="true") == ["H26"]
    assert list_codes(as_alice, in_stock="false") == ["P1"]
    assert list_codes(as_alice, search="kett") == ["H26"]
    assert list_codes(as_alice, ordering="-code") == ["P1", "H26"]


def test_a_lot_at_two_locations_is_listed_once(as_alice, alice, kettle, lot):
    for number in range(2):
        put_away(kettle, 1, location=Location.objects.create(owner=alice, name=f"Shelf {number}"), lot=lot)
    assert list_codes(as_alice, in_stock="true") == ["H26"]


def test_lots_of_archived_products_are_not_listed(as_alice, lot):
    as_alice.delete(f"/api/products/{lot.product_id}/")
    assert list_codes(as_alice) == []
    assert as_alice.get(address_of(lot)).status_code == 200


def test_owners_change_code_and_date(as_alice, as_bob, as_charlie, lot):
    change = {"code": "H-26", "expires_on": "2037-04-30", "product": 1, "quantity": 9}
    assert as_bob.patch(address_of(lot), change).status_code == 403
    assert as_charlie.patch(address_of(lot), change).status_code == 404
    answer = as_alice.patch(address_of(lot), change)
    assert (answer.status_code, answer.json()["code"], answer.json()["expires_on"]) == (200, "H-26", "2037-04-30")
    assert (answer.json()["product"], answer.json()["quantity"]) == (lot.product_id, 0)
    assert as_alice.patch(address_of(lot), {"expires_on": None}).json()["expires_on"] is None
    assert as_alice.put(address_of(lot), {"code": "H27"}).json()["code"] == "H27"


@pytest.mark.quick
def test_the_answer_to_a_new_date_says_whether_it_has_passed(as_alice, lot):
    assert as_alice.patch(address_of(lot), {"expires_on": "2020-01-01"}).json()["is_expired"] is True


@pytest.mark.quick
def test_a_change_locks_the_product_before_the_lot(as_alice, lot):
    with CaptureQueriesContext(connection) as captured:
        assert as_alice.patch(address_of(lot), {"expires_on": "2037-04-30"}).status_code == 200
    locked = [query["sql"] for query in captured if "FOR NO KEY UPDATE" in query["sql"]]
    assert ['FROM "products_product"' in statement for statement in locked[:2]] == [True, False]


def test_a_code_is_unique_in_its_product_ignoring_case(as_alice, alice, kettle, lot):
    other = Lot.objects.create(owner=alice, product=kettle, code="H27")
    answer = as_alice.patch(address_of(other), {"code": "h26"})
    assert (answer.status_code, answer.json()) == (400, TAKEN)
    Lot.objects.create(owner=alice, product=make_product(alice, "Pot"), code="P1")
    assert as_alice.patch(address_of(other), {"code": "p1"}).status_code == 200


@all_cases("code", ["", None, "x" * 65, "a\nb", 7])
def test_refuses_codes_that_are_no_line_of_1_to_64_characters(as_alice, lot, code):
    answer = as_alice.patch(address_of(lot), {"code": code})
    assert (answer.status_code, list(answer.json())) == (400, ["code"])


@pytest.mark.django_db(transaction=True)
def test_a_changed_date_waits_for_a_booking_of_the_product(as_alice, kettle, lot):
    def lock_product():
        kettle.__class__.objects.filter(owner_id=kettle.owner_id).get_locked(kettle.pk)

    answer = run_behind_lock(lock_product, lambda: as_alice.patch(address_of(lot), {"expires_on": "2037-01-01"}))
    assert answer.status_code == 200


@pytest.mark.quick
def test_an_outdated_etag_refuses_a_change(as_alice, lot):
    etag = as_alice.get(address_of(lot)).headers["ETag"]
    as_alice.patch(address_of(lot), {"code": "H27"})
    assert as_alice.patch(address_of(lot), {"code": "H28"}, headers={"If-Match": etag}).status_code == 412
    lot.refresh_from_db()
    assert lot.code == "H27"


INVISIBLE = "\u200b\ufeff\u00ad"  # what comes with texts that are copied from web pages and documents


def test_invisible_characters_are_no_part_of_a_code(as_alice, alice, kettle, lot):
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 2, "lot": f" h{INVISIBLE}26{INVISIBLE}"}
    assert as_alice.post("/api/stock/", line).status_code == 201
    assert as_alice.patch(address_of(lot), {"code": f"H{INVISIBLE}26-B"}).json()["code"] == "H26-B"
    file = f"name,sku,price,quantity,lot\nPot,POT,1.00,1,P{INVISIBLE}1\n"
    assert import_file(as_alice, file)["created"] == 1
    assert list_codes(as_alice, ordering="code") == ["H26-B", "P1"]


def test_lots_whose_codes_have_invisible_characters_get_codes_that_bookings_find(as_alice, alice, kettle, lot):
    other = make_product(alice, "Pot")
    codes = {kettle: [f"h{INVISIBLE}26", "Gr\u00fcn"], other: [f"H{INVISIBLE}26", INVISIBLE]}
    Lot.objects.bulk_create(Lot(owner=alice, product=one, code=code) for one, some in codes.items() for code in some)
    twin = Lot.objects.get(code=f"h{INVISIBLE}26")
    import_module("stock.migrations.0020_visible_codes").remove_invisible_letters(apps, connection.schema_editor())
    assert sorted(list_codes(as_alice)) == sorted(["H26", f"h26 ({twin.pk})", "Gr\u00fcn", "H26", INVISIBLE])


def test_what_happened_before_a_lot_got_another_code_is_booked_in_this_lot(as_alice, alice):
    milk = make_product(alice, "Milk", 14)
    first, second = (Lot.objects.create(owner=alice, product=milk, code=code) for code in ("A", "B"))
    put_away(milk, 10, lot=first)
    put_away(milk, 4, lot=second)
    before = timezone.now().isoformat()
    for lot, code in ((first, "C"), (second, "A")):
        assert as_alice.patch(address_of(lot), {"code": code}).status_code == 200

    def book(path, **body):
        answer = as_alice.post(f"/api/stock/{path}", body)
        return answer.status_code, [*Lot.objects.order_by("id").values_list("code", "holdings__quantity")]

    lines = [{"product": milk.pk, "lot": code, "counted": counted} for code, counted in (("a", 9), ("B", 5))]
    assert book("counts/", lines=[{**line, "counted_at": before} for line in lines]) == (201, [("C", 9), ("A", 5)])
    sale = {"product": milk.pk, "movement_type": "OUT", "quantity": 2, "lot": "A"}
    assert book("", **sale, occurred_at=before) == (201, [("C", 7), ("A", 5)])
    assert book("", **sale) == (201, [("C", 7), ("A", 3)])
    assert book("counts/", lines=lines[:1]) == (201, [("C", 7), ("A", 9)])
