"""A sent order and a reservation say of their products what they said when they were sent or made."""

import pytest

from testing.cast.orders import ADDRESS, make_supplier, post, read, send_order, write_order
from testing.cast.people import make_product
from testing.cast.reservations import ADDRESS as RESERVATIONS
from testing.cast.reservations import reserve
from trade.purchasing.models import OrderLine
from trade.reservations.models import ReservationLine

pytestmark = pytest.mark.django_db
THEN = {"name": "Tin", "sku": "TIN-1", "barcode": "400", "unit": "tins", "supplier_sku": "M-100", "pack_size": 6}
NOW = {"name": "Can", "sku": "CAN-9", "barcode": "500", "unit": "pcs", "supplier_sku": "M-200", "pack_size": 12}
TODAY = "The names and numbers are those that the products have today"


@pytest.fixture
def tin(alice):
    return make_product(alice, THEN["name"], 20, **{name: THEN[name] for name in THEN.keys() - {"name"}})


@pytest.fixture
def rename(as_alice, tin):
    def rename():
        assert as_alice.patch(f"/api/products/{tin.pk}/", NOW).status_code == 200

    return rename


def get_text(client, address, file_format):
    answer = client.get(f"{address}file/", {"format": file_format})
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def describe(line):
    return {**{name: line[name] for name in THEN.keys() & line.keys()}, "name": line["product_name"]}


def test_a_sent_order_says_what_it_said_and_a_draft_what_is_so_now(as_alice, alice, tin, rename):
    mill = make_supplier(alice)
    sent, draft = send_order(as_alice, mill, tin, quantity=12), write_order(as_alice, mill, tin, quantity=12)
    post(as_alice, sent, "receive", lines=[{"product": tin.pk, "quantity": 6}])
    rename()
    post(as_alice, sent, "close")
    [kept], [live] = read(as_alice, sent)["lines"], read(as_alice, draft)["lines"]
    without_barcode = {"name", "sku", "unit", "supplier_sku", "pack_size"}
    assert (describe(kept), kept["packs"], kept["is_kept"]) == ({name: THEN[name] for name in without_barcode}, 2, True)
    assert (describe(live), live["packs"], live["is_kept"]) == ({name: NOW[name] for name in without_barcode}, 1, False)
    address = f"{ADDRESS}{sent['id']}/"
    assert "- 12 tins: Tin, your number M-100, our number TIN-1, 2 packs of 6" in get_text(as_alice, address, "txt")
    assert "Tin,TIN-1,400,M-100,12,tins,2,6" in get_text(as_alice, address, "csv")
    assert TODAY not in get_text(as_alice, f"{ADDRESS}{draft['id']}/", "txt")


def test_a_reservation_says_what_it_said_also_after_a_change_and_in_what_is_kept_of_it(as_alice, alice, tin, rename):
    other = make_product(alice, "Cup", 5)
    made = reserve(as_alice, tin, 3)
    rename()
    address = f"{RESERVATIONS}{made['id']}/"
    lines = [{"product": tin.pk, "quantity": 2}, {"product": other.pk, "quantity": 1}]
    changed = as_alice.patch(address, {"lines": lines}).json()
    assert [line["product_name"] for line in changed["lines"]] == ["Tin", "Cup"]
    assert "Tin,TIN-1,400,2,tins" in get_text(as_alice, address, "csv")
    assert "<td>TIN-1</td>" in get_text(as_alice, address, "html")
    kept = as_alice.post(f"{address}fulfil/", {"lines": lines[1:], "keep_rest": True}).json()["kept"]
    [line] = as_alice.get(f"{RESERVATIONS}{kept}/").json()["lines"]
    assert (describe(line), line["is_kept"]) == ({"name": "Tin", "sku": "TIN-1", "unit": "tins"}, True)


def test_what_is_older_than_this_release_says_so(as_alice, alice, tin, rename):
    order, made = send_order(as_alice, make_supplier(alice), tin), reserve(as_alice, tin)
    nothing = dict.fromkeys(("name", "sku", "barcode", "unit"))
    OrderLine.objects.update(**nothing, supplier_sku=None, pack_size=None)
    ReservationLine.objects.update(**nothing)
    rename()
    for address, file_format in ((f"{ADDRESS}{order['id']}/", "txt"), (f"{RESERVATIONS}{made['id']}/", "html")):
        [line] = as_alice.get(address).json()["lines"]
        assert (line["product_name"], line["is_kept"]) == ("Can", False)
        assert TODAY in get_text(as_alice, address, file_format)
        assert TODAY in as_alice.get(address, headers={"Accept": "text/html"}).content.decode()


def test_a_movement_has_the_sku_of_then(as_alice, alice, tin, rename):
    line = {"product": tin.pk, "movement_type": "OUT", "quantity": 1}
    first = as_alice.post("/api/stock/operations/", {"lines": [line]}).json()
    rename()
    as_alice.post("/api/stock/", line)
    rows = as_alice.get("/api/stock/", {"product": tin.pk}).json()["results"]
    assert [(row["product_name"], row["sku"]) for row in rows] == [("Can", "CAN-9"), *[("Tin", "TIN-1")] * 2]
    assert as_alice.get(f"/api/stock/{rows[1]['id']}/").json()["sku"] == "TIN-1"
    assert as_alice.get(f"/api/stock/operations/{first['id']}/").json()["movements"][0]["sku"] == "TIN-1"
    as_alice.patch(f"/api/products/{tin.pk}/", {"sku": "CAN-10"})
    rows = as_alice.get("/api/stock/", {"product": tin.pk}).json()["results"]
    assert [row["sku"] for row in rows] == ["CAN-9", "TIN-1", "TIN-1"]
