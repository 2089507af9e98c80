"""The differences of a sheet, recounts, and what is booked."""

import pytest

from stock.models import Holding, Location, Lot, Operation
from testing.cast.people import make_location, make_product, make_products
from testing.cast.places import put_away
from testing.cast.sheets import OpenSheet
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.sheets import booking, views
from trade.sheets.models import SheetLine


def sell(client, product, quantity):
    body = {"product": product.pk, "movement_type": "OUT", "quantity": quantity}
    assert client.post("/api/stock/", body).status_code == 201


def quantity_of(product):
    product.refresh_from_db()
    return product.quantity


def test_a_difference_is_that_of_the_instant_of_counting(as_alice, alice):
    pot = make_product(alice, "Pot", 10, cost_price="2.50")
    sheet = OpenSheet(as_alice, pot)
    sell(as_alice, pot, 1)
    sheet.enter(pot, 8)
    sell(as_alice, pot, 3)
    row = sheet.differences()[pot.pk]
    assert {name: row[name] for name in ("counted", "expected", "difference", "moved", "value")} == {
        "counted": 8, "expected": 9, "difference": -1, "moved": -3, "value": "-2.50"
    }  # fmt: skip
    assert sheet.book().json()["state"] == "booked"
    assert quantity_of(pot) == 5


@pytest.mark.quick
def test_what_moves_between_two_entries_is_taken_from_the_first_part(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    sheet.enter(kettle, 4)
    sell(as_alice, kettle, 2)
    sheet.enter(kettle, 4)
    assert sheet.differences()[kettle.pk]["difference"] == 0
    sheet.book()
    assert quantity_of(kettle) == 8


@all_cases(
    ("tolerance", "within"), [
        (None, {0}), ({"units": 1}, {0, 1}), ({"percent": "2.00"}, {0, 1, 2}),
        ({"units": 3, "percent": "1"}, {0, 1, 2, 3}),
    ],
)  # fmt: skip
def test_a_difference_is_within_tolerance_by_units_or_percent(as_alice, alice, tolerance, within):
    products = make_products(alice, 5, 100)
    sheet = OpenSheet(as_alice, *products, tolerance=tolerance)
    for missing, product in enumerate(products):
        sheet.enter(product, 100 - missing)
    rows = sheet.client.get(f"{sheet.address}differences/").json()
    assert {-row["difference"] for row in rows if row["within_tolerance"]} == within
    flags = [row["within_tolerance"] for row in rows]
    assert flags == sorted(flags)  # those beyond the tolerance come first
    beyond = sheet.client.get(f"{sheet.address}differences/", {"beyond_tolerance": "true"}).json()
    assert {-row["difference"] for row in beyond} == {0, 1, 2, 3, 4} - within


def test_a_recount_leaves_the_entries_and_counts_them_no_more(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    wrong = sheet.enter(kettle, 1).json()["entries"][0]["id"]
    shown = as_alice.post(f"{sheet.address}recount/", {"products": [kettle.pk]}).json()
    assert (shown["counted"], shown["recount"], sheet.differences()) == (0, 1, {})
    sheet.enter(kettle, 9)
    assert sheet.differences()[kettle.pk]["counted"] == 9
    rows = as_alice.get(f"{sheet.address}entries/").json()["results"]
    assert [row["recounted"] for row in rows] == [False, True]
    assert sheet.enter(kettle, 2, replaces=wrong).json()["lines"][0]["code"] == "replaces_unknown"


@pytest.mark.quick
def test_only_products_of_the_sheet_are_recounted(as_alice, alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    refused = as_alice.post(f"{sheet.address}recount/", {"products": [kettle.pk, make_product(alice).pk]})
    assert (refused.status_code, refused.json()["lines"][0]["line"]) == (400, 1)


def test_a_sheet_stays_open_until_a_recount_is_done(as_alice, alice):
    pot, cup = make_products(alice, 2, 5)
    sheet = OpenSheet(as_alice, pot, cup)
    sheet.enter(pot, 4)
    as_alice.post(f"{sheet.address}recount/", {"products": [cup.pk]})
    assert sheet.book().json()["state"] == "open"
    sheet.enter(cup, 5)
    assert sheet.book().json()["state"] == "booked"


@pytest.mark.quick
def test_chosen_products_are_booked_and_the_others_stay(as_alice, alice):
    pot, cup = make_products(alice, 2, 5)
    sheet = OpenSheet(as_alice, pot, cup)
    sheet.enter(pot, 4)
    sheet.enter(cup, 3)
    booked = sheet.book(products=[pot.pk]).json()
    assert (booked["booked"], booked["left"], booked["state"]) == (1, [], "open")
    assert (quantity_of(pot), quantity_of(cup)) == (4, 5)
    assert sheet.states() == {pot.pk: "booked", cup.pk: "counted"}


def test_a_booked_product_can_be_counted_again(as_alice, kettle, alice):
    sheet = OpenSheet(as_alice, kettle, other := make_product(alice))
    sheet.enter(other, 0)
    sheet.enter(kettle, 9)
    sheet.book(products=[kettle.pk])
    sheet.enter(kettle, 8)
    assert sheet.states()[kettle.pk] == "counted"
    assert sheet.book().json()["booked"] == 2
    assert quantity_of(kettle) == 8


def test_what_is_not_counted_is_left_or_booked_as_zero(as_alice, alice):
    pot, cup = make_products(alice, 2, 5)
    sheet = OpenSheet(as_alice, pot, cup)
    sheet.enter(pot, 5)
    assert sheet.book(products=[cup.pk], uncounted="leave").json()["code"] == "nothing_counted"
    booked = sheet.book(uncounted="zero").json()
    assert (booked["booked"], booked["state"], quantity_of(cup)) == (2, "booked", 0)


def test_a_new_entry_is_told_before_it_is_booked_unseen(as_alice, as_bob, kettle):
    sheet = OpenSheet(as_alice, kettle)
    seen = sheet.enter(kettle, 4).json()["entries_total"]
    sheet.enter(kettle, 4, as_bob)
    refused = sheet.book(expected_entries=seen)
    assert (refused.status_code, refused.json()["code"]) == (409, "entries_changed")
    assert (refused.json()["expected"], refused.json()["actual"]) == (1, 2)
    assert sheet.book(expected_entries=2).status_code == 201


def test_a_difference_that_would_make_stock_negative_is_left_and_named(as_alice, alice):
    pot, cup = make_products(alice, 2, 5)
    sheet = OpenSheet(as_alice, pot, cup)
    sheet.enter(pot, 1)
    sheet.enter(cup, 4)
    sell(as_alice, pot, 3)
    booked = sheet.book().json()
    assert (booked["booked"], booked["state"], quantity_of(pot), quantity_of(cup)) == (1, "open", 2, 4)
    assert [(row["product"], row["code"]) for row in booked["left"]] == [(pot.pk, "insufficient_stock")]


def test_an_archived_product_is_left_and_named(as_alice, alice):
    pot, cup = make_products(alice, 2)
    sheet = OpenSheet(as_alice, pot, cup)
    sheet.enter(pot, 1)
    sheet.enter(cup, 1)
    as_alice.delete(f"/api/products/{pot.pk}/")
    assert [row["code"] for row in sheet.book().json()["left"]] == ["product_archived"]


def test_nothing_counted_is_nothing_to_book(as_alice, kettle):
    refused = OpenSheet(as_alice, kettle).book()
    assert (refused.status_code, refused.json()["code"], Operation.objects.filter(reason="count").exists()) == (
        409, "nothing_counted", False
    )  # fmt: skip


def test_places_are_counted_one_by_one(as_alice, alice):
    pot = make_product(alice, "Pot", 10)
    shelf, cellar = (Location.objects.create(owner=alice, name=name) for name in ("Shelf", "Cellar"))
    put_away(pot, 4, location=shelf)
    put_away(pot, 3, location=cellar)
    sheet = OpenSheet(as_alice, pot)
    sheet.enter(pot, 5, location="Shelf")
    sheet.enter(pot, 1, location=cellar.pk)
    rows = sheet.client.get(f"{sheet.address}differences/").json()
    assert {(row["location"], row["expected"], row["difference"]) for row in rows} == {
        (shelf.pk, 4, 1), (cellar.pk, 3, -2)
    }  # fmt: skip
    assert sheet.book().json()["booked"] == 1
    assert quantity_of(pot) == 9


def test_an_entry_without_a_place_and_one_with_a_place_are_one_count(as_alice, alice):
    pot = make_product(alice, "Pot", 10)
    make_location(alice, "Shelf")
    sheet = OpenSheet(as_alice, pot)
    sheet.enter(pot, 5, location="Shelf")
    sheet.enter(pot, 4)
    row = sheet.differences()[pot.pk]
    assert (row["location"], row["counted"], row["difference"]) == (None, 9, -1)


def test_a_location_and_a_lot_that_can_have_the_same_goods_are_left(as_alice, alice):
    pot = make_product(alice, "Pot", 10)
    make_location(alice, "Shelf")
    sheet = OpenSheet(as_alice, pot)
    sheet.enter(pot, 5, location="Shelf")
    sheet.enter(pot, 4, lot="A1")
    assert [row["code"] for row in sheet.book().json()["left"]] == ["overlapping_places"]
    assert quantity_of(pot) == 10


def test_a_lot_of_another_location_does_not_overlap(as_alice, alice):
    pot = make_product(alice, "Pot", 10)
    for name in ("Shelf", "Cellar"):
        make_location(alice, name)
    sheet = OpenSheet(as_alice, pot)
    sheet.enter(pot, 5, location="Shelf")
    sheet.enter(pot, 4, location="Cellar", lot="A1")
    booked = sheet.book()
    assert (booked.status_code, booked.json()["left"], quantity_of(pot)) == (201, [], 19)


def test_lots_are_counted_and_unknown_ones_created(as_alice, alice):
    pot = make_product(alice, "Pot", 10)
    sheet = OpenSheet(as_alice, pot)
    sheet.enter(pot, 3, lot="A1")
    sheet.enter(pot, 2, lot="a1")
    row = sheet.differences()[pot.pk]
    assert (row["lot"].lower(), row["counted"], row["expected"]) == ("a1", 5, 0)
    assert sheet.book().status_code == 201
    assert as_alice.get("/api/lots/").json()["results"][0]["quantity"] == 5


def test_a_lot_that_gets_another_code_is_the_one_that_was_counted(as_alice, alice):
    milk = make_product(alice, "Milk", 14)
    first, second = (Lot.objects.create(owner=alice, product=milk, code=code) for code in ("A", "B"))
    put_away(milk, 10, lot=first)
    put_away(milk, 4, lot=second)
    sheet = OpenSheet(as_alice, milk)
    sheet.send([{"product": milk.pk, "lot": "a", "quantity": 6}, {"product": milk.pk, "lot": "B", "quantity": 5}])
    for lot, code in ((first, "C"), (second, "A")):
        assert as_alice.patch(f"/api/lots/{lot.pk}/", {"code": code}).status_code == 200
    sheet.enter(milk, 3, lot="C")
    rows = as_alice.get(f"{sheet.address}differences/").json()
    assert sorted((row["lot"], row["counted"], row["expected"]) for row in rows) == [("A", 5, 4), ("C", 9, 10)]
    assert sheet.book().json()["state"] == "booked"
    held = Holding.objects.filter(product=milk).order_by("id").values_list("lot__code", "quantity")
    assert list(held) == [("C", 9), ("A", 5)]


def test_a_large_sheet_is_booked_in_several_operations(as_alice, alice, monkeypatch):
    monkeypatch.setattr(booking, "MAX_BOOKED", 2)
    products = make_products(alice, 5, 5)
    sheet = OpenSheet(as_alice, *products)
    sheet.send([{"product": product.pk, "quantity": 4} for product in products])
    booked = sheet.book().json()
    assert (len(booked["operations"]), booked["booked"], booked["state"]) == (3, 5, "booked")
    assert {quantity_of(product) for product in products} == {4}


def test_a_book_that_is_repeated_after_a_crash_books_what_is_left(as_alice, alice, monkeypatch):
    monkeypatch.setattr(booking, "MAX_BOOKED", 2)
    products = make_products(alice, 5, 5)
    sheet = OpenSheet(as_alice, *products)
    sheet.send([{"product": product.pk, "quantity": 4} for product in products])
    real, calls = booking.count_stock, []

    def crash(**values):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError
        return real(**values)

    monkeypatch.setattr(booking, "count_stock", crash)
    as_alice.raise_request_exception = False
    assert sheet.book().status_code == 500
    assert sorted(map(quantity_of, products)) == [4, 4, 5, 5, 5]
    booked = sheet.book().json()
    assert (booked["booked"], booked["state"]) == (3, "booked")
    assert {quantity_of(product) for product in products} == {4}


def test_the_operation_names_the_sheet(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle, name="July, shelves")
    sheet.enter(kettle, 9)
    [pk] = sheet.book().json()["operations"]
    operation = Operation.objects.get(pk=pk)
    assert (operation.reason, operation.reference) == ("count", "July, shelves")


def test_reading_a_sheet_needs_the_same_statements_for_any_number_of_lines(
    as_alice, alice, django_assert_max_num_queries
):
    products = make_products(alice, 30, 5)
    sheet = OpenSheet(as_alice, *products)
    sheet.send([{"product": product.pk, "quantity": 4} for product in products])
    with django_assert_max_num_queries(7):
        sheet.differences()


def test_a_product_that_is_entered_between_two_parts_is_left_for_the_next_booking(as_alice, alice, monkeypatch):
    monkeypatch.setattr(booking, "MAX_BOOKED", 1)
    pot, cup = make_products(alice, 2, 12)
    sheet = OpenSheet(as_alice, pot, cup)
    sheet.enter(pot, 12)
    wrong = sheet.enter(cup, 5).json()["entries"][0]["id"]
    sheet.enter(cup, 7)
    real, parts = booking.book_part, []

    def enter_between(*args):
        parts.append(real(*args))
        if len(parts) == 1:
            assert sheet.enter(cup, 4, replaces=wrong).status_code == 201
        return parts[-1]

    monkeypatch.setattr(views, "book_part", enter_between)
    assert (sheet.book().json()["booked"], quantity_of(cup)) == (1, 12)
    monkeypatch.setattr(views, "book_part", real)
    assert (sheet.book().json()["state"], quantity_of(cup)) == ("booked", 11)


def test_a_booked_sheet_shows_what_was_found(as_alice, as_bob, alice):
    pot, cup, bowl = (make_product(alice, name, 9) for name in ("Pot", "Cup", "Bowl"))
    tea = make_product(alice, "Tea", 2500, decimals=3, unit="kg")
    sheet = OpenSheet(as_alice, pot, cup, bowl, tea)
    for product, quantity in ((pot, 8), (cup, 9), (tea, 2400)):
        sheet.enter(product, quantity)
    sell(as_alice, pot, 3)
    [operation] = sheet.book().json()["operations"]
    as_alice.post("/api/stock/counts/", {"lines": [{"product": pot.pk, "counted": 1}]})
    shown = {row["name"]: row for row in as_alice.get(f"{sheet.address}lines/").json()["results"]}
    names = ("state", "counted", "expected", "difference", "operation")
    assert {name: tuple(row[one] for one in names) for name, row in shown.items()} == {
        "Pot": ("booked", 8, 9, -1, operation), "Cup": ("booked", 9, 9, 0, operation),
        "Bowl": ("uncounted", None, None, None, None), "Tea": ("booked", 2400, 2500, -100, operation),
    }  # fmt: skip
    assert shown["Tea"]["difference_amount"] == "-0.100"
    assert {row["expected"] for row in as_bob.get(f"{sheet.address}lines/").json()["results"]} == {None}
    file = as_alice.get(f"{sheet.address}file/", {"format": "csv"}).getvalue().decode().split()
    assert file[0].endswith("unit,counted,expected,difference")
    assert file[1:] == [f"{bowl.pk},Bowl,,,,,,", f"{cup.pk},Cup,,,,9,9,0", f"{pot.pk},Pot,,,,8,9,-1",
                        f"{tea.pk},Tea,,,kg,2.400,2.500,-0.100"]  # fmt: skip
    assert (
        as_bob.get(f"{sheet.address}file/", {"format": "csv"}).getvalue().decode().split()[1] == f"{bowl.pk},Bowl,,,,"
    )
    assert ">−0.100" in Browser(alice).get_page(f"{sheet.address}lines/")


def test_a_product_that_is_booked_twice_shows_its_last_count(as_alice, alice):
    pot, cup, shelf = make_product(alice, "Pot", 9), make_product(alice, "Cup", 9), make_location(alice, "Shelf")
    put_away(pot, 9, location=shelf)
    sheet = OpenSheet(as_alice, pot, cup)
    sheet.enter(cup, 9)
    sheet.enter(pot, 4, location="Shelf")
    sheet.book(products=[pot.pk])
    places = [{"location": "Shelf", "quantity": 3}, {"location": make_location(alice).pk, "quantity": 1}]
    sheet.send([{"product": pot.pk, **place} for place in places])
    [operation] = sheet.book(products=[pot.pk]).json()["operations"]
    row = next(row for row in as_alice.get(f"{sheet.address}lines/").json()["results"] if row["name"] == "Pot")
    found = (row["counted"], row["expected"], row["difference"], row["operation"])
    assert found == (4, 4, 0, operation)


def test_a_count_that_a_later_one_has_overtaken_shows_no_difference(as_alice, alice, kettle):
    first, second = OpenSheet(as_alice, kettle), OpenSheet(as_alice, kettle)
    first.enter(kettle, 7)
    second.enter(kettle, 9)
    second.book()
    row = first.differences()[kettle.pk]
    assert (row["outdated"], row["difference"], row["value"]) == (True, 0, "0.00")
    assert ">outdated</b>" in Browser(alice).get_page(f"{first.address}differences/")
    first.book()
    assert quantity_of(kettle) == 9


def test_a_lot_is_compared_with_its_stock_whatever_its_letters(as_alice, alice):
    pot = make_product(alice, "Pot")
    line = {"product": pot.pk, "movement_type": "IN", "quantity": 5, "lot": "ΑΣ"}
    assert as_alice.post("/api/stock/", line).status_code == 201
    sheet = OpenSheet(as_alice, pot)
    sheet.enter(pot, 4, lot="ΑΣ")
    assert sheet.differences()[pot.pk]["difference"] == -1


def test_the_newest_count_of_a_place_wins_whichever_sheet_is_booked_last(as_alice, alice):
    """The first operation has the time of the other product's count, which is the earliest."""
    pot, other = make_product(alice, "Pot", 10), make_product(alice, "Other", 10)
    shelf = make_location(alice, "Shelf")
    for product in (pot, other):
        put_away(product, 10, location=shelf)
    first, second = OpenSheet(as_alice, pot, other), OpenSheet(as_alice, pot)
    first.enter(other, 9, location="Shelf")
    second.enter(pot, 7, location="Shelf")
    first.enter(pot, 8, location="Shelf")
    first.book()
    assert second.differences()[pot.pk]["outdated"] is True
    assert (second.book().json()["state"], quantity_of(pot)) == ("booked", 8)


@pytest.mark.quick
def test_what_nobody_counted_becomes_zero_now_and_not_at_the_first_count(as_alice, alice):
    pot, cup = make_products(alice, 2, 10)
    sheet = OpenSheet(as_alice, pot, cup)
    sheet.enter(pot, 9)
    sell(as_alice, cup, 4)
    operations = sheet.book(uncounted="zero").json()["operations"]
    counted, zeros = Operation.objects.filter(pk__in=operations).order_by("pk")
    sale = Operation.objects.get(reason="sale")
    assert counted.occurred_at < sale.occurred_at < zeros.occurred_at
    assert [line.operation_id for line in SheetLine.objects.order_by("product_id")] == operations


def test_more_places_of_a_product_than_an_operation_usually_has_are_booked(as_alice, alice, monkeypatch):
    monkeypatch.setattr(booking, "MAX_BOOKED", 2)
    pot, cup = make_products(alice, 2, 10)
    sheet = OpenSheet(as_alice, pot, cup)
    for lot in ("A", "B", "C"):
        sheet.enter(pot, 1, lot=lot)
    sheet.enter(cup, 9)
    booked = sheet.book().json()
    assert (booked["booked"], len(booked["operations"]), booked["state"]) == (2, 2, "booked")


# --- With an Idempotency-Key ----------------------------------------------------------------------------------


@pytest.fixture
def five(as_alice, alice, monkeypatch):
    """Return a sheet of five products, each with one piece less than in stock, which is booked in three parts."""
    monkeypatch.setattr(booking, "MAX_BOOKED", 2)
    products = make_products(alice, 5, 5)
    sheet = OpenSheet(as_alice, *products)
    sheet.send([{"product": product.pk, "quantity": 4} for product in products])
    return sheet


def test_a_key_books_a_large_sheet_once(five):
    first, again = five.book(key="k"), five.book(key="k")
    assert (first.json()["booked"], len(first.json()["operations"])) == (5, 3)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")


def test_the_same_request_goes_on_after_a_crash_and_returns_all_operations(as_alice, five, monkeypatch):
    real = views.book_part
    monkeypatch.setattr(views, "book_part", lambda asked, done: real(asked, done) if not done else 1 / 0)
    as_alice.raise_request_exception = False
    assert five.book(key="k").status_code == 500
    monkeypatch.setattr(views, "book_part", real)
    assert five.book(key="k", products=[1]).json()["code"] == "idempotency_key_reused"
    booked = five.book(key="k").json()
    assert (booked["booked"], len(booked["operations"]), booked["state"]) == (5, 3, "booked")
    assert five.book(key="k").json() == booked


def test_a_refused_booking_does_not_use_up_its_key(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    assert sheet.book(key="k").json()["code"] == "nothing_counted"
    sheet.enter(kettle, 4)
    assert sheet.book(key="k").json()["booked"] == 1


def test_a_sheet_that_is_dropped_between_two_parts_is_told_with_what_was_booked(as_alice, five, monkeypatch):
    real = views.book_part

    def drop_before(asked, done):
        if done:
            as_alice.post(f"{five.address}drop/")
        return real(asked, done)

    monkeypatch.setattr(views, "book_part", drop_before)
    booked = five.book(key="k")
    assert (booked.status_code, booked.json()["booked"], booked.json()["state"]) == (201, 2, "dropped")


# --- Differences as they were seen ----------------------------------------------------------------------------


@pytest.mark.quick
def test_a_difference_that_nobody_has_seen_is_left_and_named(as_alice, alice):
    """A till sends its sale late, which was made before the count: now nothing is missing."""
    pot, cup = make_products(alice, 2, 5)
    sheet = OpenSheet(as_alice, pot, cup)
    entered = sheet.send([{"product": product.pk, "quantity": 4} for product in (pot, cup)]).json()["entries"]
    sale = {"product": pot.pk, "movement_type": "OUT", "quantity": 1, "occurred_at": entered[0]["counted_at"]}
    assert as_alice.post("/api/stock/", sale).status_code == 201
    seen = [{"product": product.pk, "difference": -1} for product in (pot, cup)]
    booked = sheet.book(expected_differences=seen).json()
    [left] = booked["left"]
    assert (booked["booked"], booked["state"], quantity_of(cup)) == (1, "open", 4)
    assert (left["product"], left["code"]) == (pot.pk, "difference_changed")
    assert left["detail"] == "The difference is 0 now, not -1. Look at it again."
    assert sheet.book(expected_differences=[{"product": pot.pk, "difference": 0}]).json()["state"] == "booked"


def test_expected_entries_alone_books_the_differences_of_the_moment(as_alice, alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    [entry] = sheet.send([{"product": kettle.pk, "quantity": 9}]).json()["entries"]
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 2, "occurred_at": entry["counted_at"]}
    assert as_alice.post("/api/stock/", sale).status_code == 201
    assert sheet.book(expected_entries=1).json()["state"] == "booked"
    assert quantity_of(kettle) == 9


def test_the_difference_of_a_product_is_that_of_all_its_places(as_alice, kettle, shelf, cellar):
    put_away(kettle, 5, location=shelf)
    sheet = OpenSheet(as_alice, kettle)
    sheet.enter(kettle, 3, location="Shelf")
    sheet.enter(kettle, 1, location="Cellar")
    assert sheet.book(expected_differences=[{"product": kettle.pk, "difference": -2}]).json()["booked"] == 0
    assert sheet.book(expected_differences=[{"product": kettle.pk, "difference": -1}]).json()["booked"] == 1
    assert quantity_of(kettle) == 9


@all_cases("seen", [[{"product": 1}], [{"product": 0, "difference": 1}], [7], "x"])
def test_refuses_differences_that_are_none(as_alice, kettle, seen):
    sheet = OpenSheet(as_alice, kettle)
    sheet.enter(kettle, 4)
    refused = sheet.book(expected_differences=seen)
    assert (refused.status_code, {type(text) for text in refused.json()["expected_differences"]}) == (400, {str})
    assert quantity_of(kettle) == 10
