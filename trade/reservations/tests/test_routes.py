"""The routes of reservations: reserve, read, release and extend."""

from datetime import timedelta

import pytest
from django.utils.dateparse import parse_datetime

from testing.cast.people import client_of, make_key, make_product, make_products, make_user
from testing.cast.reservations import ADDRESS, let_expire, reserve
from testing.tables import all_cases
from trade.reservations.models import FOREVER, Reservation, ReservationLine
from trade.reservations.services import MAX_SECONDS
from users.access.roles import Role


def read_stock(client, product):
    """Return the product's quantity, its reserved and its available quantity.

    They are the same in a list and a single row.
    """
    single = client.get(f"/api/products/{product.pk}/").json()
    [listed] = [row for row in client.get("/api/products/").json()["results"] if row["id"] == product.pk]
    assert listed == single
    return single["quantity"], single["reserved"], single["available"]


# --- Reserve --------------------------------------------------------------------------------------------


def test_reserves_for_some_seconds(as_alice, alice, kettle):
    made = reserve(as_alice, kettle, 3, expires_in=60, reference="cart 1", note="for Nora")
    assert made == {
        "id": made["id"], "number": 1, "state": "open", "customer": None, "customer_name": None, "wanted_on": None,
        "expires_at": made["expires_at"], "reference": "cart 1", "note": "for Nora", "made_by": alice.pk,
        "made_by_username": "alice", "created_at": made["created_at"], "updated_at": made["updated_at"],
        "operation": None, "continues": None, "quote": None, "discount": None, "metadata": {},
        "lines": [
            {"product": kettle.pk, "product_name": "Kettle", "sku": kettle.sku, "quantity": 3, "amount": None,
             "unit": "", "unit_price": None, "total": None, "price_from": None, "is_net": None, "is_kept": True}
        ],
        "kits": [],
    }  # fmt: skip
    assert parse_datetime(made["expires_at"]) - parse_datetime(made["created_at"]) == timedelta(seconds=60)
    assert as_alice.get(f"{ADDRESS}{made['id']}/").json() == made
    assert as_alice.get(ADDRESS).json()["results"] == [made]


def test_reserves_for_a_quarter_of_an_hour_by_default(as_alice, kettle):
    made = reserve(as_alice, kettle)
    assert parse_datetime(made["expires_at"]) - parse_datetime(made["created_at"]) == timedelta(minutes=15)


def test_reserves_until_it_is_released(as_alice, kettle):
    made = reserve(as_alice, kettle, expires_in=None)
    assert made["expires_at"] is None
    assert ReservationLine.objects.get().reserved_until == FOREVER
    kettle.refresh_from_db()
    assert kettle.reserved_until == FOREVER


@pytest.mark.quick
def test_products_show_what_is_reserved_and_available(as_alice, kettle):
    reserve(as_alice, kettle, 3)
    reserve(as_alice, kettle, 2, expires_in=None)
    assert read_stock(as_alice, kettle) == (10, 5, 5)


def test_several_products_are_found_by_id_sku_and_barcode(as_alice, alice, kettle):
    pot, cup = make_product(alice, "Pot", 5, sku="POT"), make_product(alice, "Cup", 5, barcode="400")
    lines = [{"barcode": "400", "quantity": 1}, {"sku": "pot", "quantity": 2}, {"product": kettle.pk, "quantity": 3}]
    made = as_alice.post(ADDRESS, {"lines": lines}).json()
    assert [(line["product"], line["quantity"]) for line in made["lines"]] == [(cup.pk, 1), (pot.pk, 2), (kettle.pk, 3)]


def test_reserves_no_more_than_is_available(as_alice, kettle):
    reserve(as_alice, kettle, 7)
    refused = as_alice.post(ADDRESS, {"lines": [{"product": kettle.pk, "quantity": 4}]})
    assert refused.status_code == 400
    assert refused.json() == {
        "detail": "Nothing was reserved. Refused lines: 1.", "code": "invalid_lines", "total": 1,
        "lines": [{
            "line": 0, "detail": "Only 3 available, 4 requested: 7 are reserved.", "code": "insufficient_stock",
            "product": kettle.pk, "available": 3, "requested": 4, "reserved": 7, "expected": [],
        }],
    }  # fmt: skip


def test_the_refusal_names_what_is_reserved_even_if_it_is_nothing(as_alice, kettle):
    refused = as_alice.post(ADDRESS, {"lines": [{"product": kettle.pk, "quantity": 11}]})
    assert refused.json()["lines"] == [{
        "line": 0, "detail": "Only 10 in stock, 11 requested.", "code": "insufficient_stock",
        "product": kettle.pk, "available": 10, "requested": 11, "reserved": 0, "expected": [],
    }]  # fmt: skip


def test_a_refused_line_refuses_all_and_names_every_one(as_alice, alice, charlie, kettle):
    archived = make_product(alice, "Old", 5)
    as_alice.delete(f"/api/products/{archived.pk}/")
    lines = [
        {"product": kettle.pk, "quantity": 1}, {"product": kettle.pk, "quantity": 1},
        {"product": make_product(charlie).pk, "quantity": 1}, {"product": archived.pk, "quantity": 1},
        {"product": make_product(alice, "Empty").pk, "quantity": 1}, {"product": kettle.pk, "quantity": 0},
    ]  # fmt: skip
    refused = as_alice.post(ADDRESS, {"lines": lines}).json()
    assert [(line["line"], line["code"]) for line in refused["lines"]] == [
        (1, "reserved_twice"), (2, "product_not_found"), (3, "product_archived"), (4, "insufficient_stock"),
        (5, "invalid"),
    ]  # fmt: skip
    assert refused["lines"][3]["reserved"] == 0
    assert "reserved" not in refused["lines"][3]["detail"]
    assert not Reservation.objects.exists()


@all_cases("seconds", [0, -1, MAX_SECONDS + 1, 1.5, "soon", True, 10**400])
def test_a_wrong_duration_is_refused(as_alice, kettle, seconds):
    body = {"lines": [{"product": kettle.pk, "quantity": 1}], "expires_in": seconds}
    refused = as_alice.post(ADDRESS, body)
    assert (refused.status_code, list(refused.json())) == (400, ["expires_in"])


@all_cases(("count", "status"), [(0, 400), (500, 201), (501, 400)])
def test_a_reservation_has_1_to_500_lines(as_alice, alice, count, status):
    body = {"lines": [{"product": product.pk, "quantity": 1} for product in make_products(alice, count, 1)]}
    assert as_alice.post(ADDRESS, body).status_code == status


def test_a_worker_and_a_key_reserve_under_their_names(as_bob, alice, bob, kettle):
    assert reserve(as_bob, kettle, 1)["made_by_username"] == "bob"
    _, text = make_key(bob, "till 1", scope="book")
    as_bob.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert reserve(as_bob, kettle, 1)["made_by_username"] == "bob/till 1"


@pytest.mark.quick
def test_a_viewer_reserves_nothing(alice, kettle):
    as_vera = client_of(make_user("vera", role=Role.VIEWER, employer=alice))
    refused = as_vera.post(ADDRESS, {"lines": [{"product": kettle.pk, "quantity": 1}]})
    assert (refused.status_code, Reservation.objects.count()) == (403, 0)


# --- Expire ---------------------------------------------------------------------------------------------


def test_an_expired_reservation_reserves_nothing(as_alice, kettle):
    made = reserve(as_alice, kettle, 10)
    let_expire(made["id"])
    assert as_alice.get(f"{ADDRESS}{made['id']}/").json()["state"] == "expired"
    assert read_stock(as_alice, kettle) == (10, 0, 10)
    reserve(as_alice, kettle, 10)


@all_cases("action", ["fulfil", "release", "extend"])
def test_an_expired_reservation_is_closed(as_alice, kettle, action):
    made = reserve(as_alice, kettle)
    let_expire(made["id"])
    refused = as_alice.post(f"{ADDRESS}{made['id']}/{action}/", {"expires_in": 60})
    assert refused.status_code == 409
    assert refused.json() == {
        "detail": "This reservation is already expired.", "code": "reservation_closed",
        "reservation": made["id"], "state": "expired", "operation": None,
    }  # fmt: skip


# --- Release and extend -----------------------------------------------------------------------------------


def test_release_frees_what_is_reserved(as_alice, kettle):
    made = reserve(as_alice, kettle)
    released = as_alice.post(f"{ADDRESS}{made['id']}/release/")
    body = {**made, "state": "released", "updated_at": released.json()["updated_at"]}
    assert (released.status_code, released.json()) == (200, body)
    assert as_alice.get(f"{ADDRESS}{made['id']}/").json() == released.json()
    assert read_stock(as_alice, kettle) == (10, 0, 10)


@pytest.mark.quick
@all_cases("action", ["fulfil", "release", "extend"])
def test_a_released_reservation_is_closed(as_alice, kettle, action):
    address = f"{ADDRESS}{reserve(as_alice, kettle)['id']}/"
    as_alice.post(f"{address}release/")
    refused = as_alice.post(f"{address}{action}/", {"expires_in": 60})
    assert (refused.status_code, refused.json()["state"]) == (409, "released")


@pytest.mark.quick
def test_extend_counts_from_now(as_alice, kettle):
    made = reserve(as_alice, kettle, expires_in=60)
    extended = as_alice.post(f"{ADDRESS}{made['id']}/extend/", {"expires_in": 3600})
    assert extended.status_code == 200
    gained = parse_datetime(extended.json()["expires_at"]) - parse_datetime(made["expires_at"])
    assert timedelta(seconds=3540) <= gained < timedelta(seconds=3600)
    changed = {name: extended.json()[name] for name in ("expires_at", "updated_at")}
    assert extended.json() == {**made, **changed}
    kettle.refresh_from_db()
    ends = {ReservationLine.objects.get().reserved_until, Reservation.objects.get().expires_at, kettle.reserved_until}
    assert ends == {parse_datetime(extended.json()["expires_at"])}


def test_extending_can_remove_the_end_and_set_it_again(as_alice, kettle):
    address = f"{ADDRESS}{reserve(as_alice, kettle)['id']}/extend/"
    assert as_alice.post(address, {"expires_in": None}).json()["expires_at"] is None
    assert ReservationLine.objects.get().reserved_until == FOREVER
    assert as_alice.post(address, {"expires_in": 60}).json()["expires_at"] is not None
    kettle.refresh_from_db()
    assert kettle.reserved_until == FOREVER  # the hint is never lowered


def test_extend_needs_a_duration(as_alice, kettle):
    refused = as_alice.post(f"{ADDRESS}{reserve(as_alice, kettle)['id']}/extend/", {})
    assert (refused.status_code, refused.json()) == (400, {"expires_in": ["This field is required."]})


@all_cases("action", ["release", "extend"])
def test_a_repeated_request_with_a_key_gets_the_same_response(as_alice, kettle, action):
    address, headers = f"{ADDRESS}{reserve(as_alice, kettle)['id']}/{action}/", {"Idempotency-Key": "k"}
    first, second = (as_alice.post(address, {"expires_in": 60}, headers=headers) for _ in range(2))
    assert (first.status_code, second.headers["Idempotent-Replayed"]) == (200, "true")
    assert first.content == second.content


# --- Read -------------------------------------------------------------------------------------------------


def list_ids(client, **query):
    response = client.get(ADDRESS, query)
    assert response.status_code == 200
    return [row["id"] for row in response.json()["results"]]


@all_cases("text", ["2", "#2"])
def test_an_order_is_found_by_its_number(as_alice, kettle, text):
    made = [reserve(as_alice, kettle, 1) for _ in range(3)]
    assert [row["number"] for row in made] == [1, 2, 3]
    assert list_ids(as_alice, search=text) == [made[1]["id"]]


def test_the_list_is_filtered_by_state(as_alice, kettle):
    opened, forever, sold, released, expired = (
        reserve(as_alice, kettle, 1, expires_in=seconds)["id"] for seconds in (60, None, 60, 60, 60)
    )
    as_alice.post(f"{ADDRESS}{sold}/fulfil/")
    as_alice.post(f"{ADDRESS}{released}/release/")
    let_expire(expired)
    assert list_ids(as_alice, state="open") == [forever, opened]
    assert list_ids(as_alice, state="fulfilled") == [sold]
    assert list_ids(as_alice, state="released") == [released]
    assert list_ids(as_alice, state="expired") == [expired]
    assert as_alice.get(ADDRESS, {"state": "lost"}).status_code == 400
    states = [row["state"] for row in as_alice.get(ADDRESS).json()["results"]]
    assert states == ["expired", "released", "fulfilled", "open", "open"]


def test_the_list_is_filtered_by_product_and_reference(as_alice, alice, kettle):
    pot = make_product(alice, "Pot", 5)
    first, second = reserve(as_alice, kettle, 1, reference="cart 1"), reserve(as_alice, pot, 1, reference="cart 2")
    assert list_ids(as_alice, product=kettle.pk) == [first["id"]]
    assert list_ids(as_alice, reference="cart 2") == [second["id"]]
    assert list_ids(as_alice, product=kettle.pk, reference="cart 2") == []


def test_the_list_has_pages(as_alice, kettle):
    made = [reserve(as_alice, kettle, 1)["id"] for _ in range(3)]
    page = as_alice.get(ADDRESS, {"page_size": 2}).json()
    assert [row["id"] for row in page["results"]] == made[:0:-1]
    assert [row["id"] for row in as_alice.get(page["next"]).json()["results"]] == made[:1]
