"""Returns by line: each movement of a sale or a delivery comes back at its own price and cost."""

from decimal import Decimal

import pytest
from django.db import connection

from stock.models import Operation, Returned
from stock.proofs.sql_operations import RETURNS
from stock.proofs.verification import find_breaks
from stock.tests.test_verify import tamper
from testing.cast.people import client_of, make_product
from testing.cast.tills import Device
from testing.laws.query_plans import count_rows
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from trade.kits.tests.kits import sell as sell_kits
from trade.selling.payments.money import read_worth
from trade.selling.reading import read_returnable
from trade.selling.tests.test_returns import buy, get, refuse_line, returned, sell, undo


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 100, price="10.00")


def price(amount):
    return {"unit_price": amount}


def post(client, sale, *lines):
    return client.post(f"/api/stock/operations/{sale['id']}/return/", {"lines": list(lines)})


def worth(client, sale, *lines):
    """Return what came back with these lines was sold for."""
    response = post(client, sale, *lines)
    assert response.status_code == 201, response.json()
    return str(read_worth(Returned.objects.latest("pk").owner_id, sale["id"], response.json()["id"]))


def ids(sale):
    return [movement["id"] for movement in sale["movements"]]


def read_returned(client, sale):
    return client.get(f"/api/sales/{sale['id']}/").json()["returned"]


def forget_links(alice):
    """Make the returns those of an earlier release, which name no movements."""
    tamper(f"DELETE FROM stock_returned WHERE owner_id = {alice.pk}")


def test_a_named_movement_comes_back_at_its_price_and_cost(as_alice, alice):
    pot = make_product(alice, "Pot")
    for cost in ("1.00", "4.00"):
        buy(as_alice, pot, 1, cost)
    sale = sell(as_alice, (pot, 1, price("10.00")), (pot, 1, price("5.00")))
    first, last = ids(sale)
    assert worth(as_alice, sale, {"movement": first, "quantity": 1}) == "10.00"
    assert get(as_alice, sale)["movements"][0]["returned"] == 1
    assert worth(as_alice, sale, {"movement": last, "product": pot.pk, "quantity": 1}) == "5.00"
    assert read_returned(as_alice, sale) == "15.00"


@all_cases(
    ("lines", "expected"),
    [
        ([1], ["5.00", "10.00"]),
        ([2], ["15.00"]),
    ],
)
def test_without_a_movement_the_last_one_comes_back_first(as_alice, cup, lines, expected):
    sale = sell(as_alice, (cup, 1, price("10.00")), (cup, 1, price("5.00")))
    assert [worth(as_alice, sale, {"product": cup.pk, "quantity": lines[0]}) for _ in expected] == expected


def test_a_line_that_takes_from_two_movements_has_a_movement_for_each(as_alice, cup):
    sale = sell(as_alice, (cup, 2, price("10.00")), (cup, 1, price("5.00")))
    back = returned(as_alice, sale, (cup, 2))
    assert [(one["movement_type"], one["quantity"]) for one in back["movements"]] == [("IN", 1), ("IN", 1)]
    assert [one["returned"] for one in get(as_alice, sale)["movements"]] == [1, 1]


def test_one_of_a_carton_comes_back_at_its_part_of_the_carton(as_alice, cup):
    sale = sell(as_alice, (cup, 48, {"total": "39.99"}), (cup, 1, price("1.20")))
    carton, single = ids(sale)
    assert worth(as_alice, sale, {"movement": single, "quantity": 1}) == "1.20"
    parts = [Decimal(worth(as_alice, sale, {"movement": carton, "quantity": quantity})) for quantity in (1, 46, 1)]
    assert (parts[0], sum(parts)) == (Decimal("0.83"), Decimal("39.99"))


def test_lines_with_a_movement_take_first_then_kits_then_products(as_alice, alice, cup):
    kit = make_kit(alice, "Pair", {cup.pk: 2}, price="15.00")
    sale = sell_kits(as_alice, {"kit": kit["id"], "quantity": 2}, {"product": cup.pk, "quantity": 1}).json()
    lines = [
        {"product": cup.pk, "quantity": 1},
        {"kit": kit["id"], "quantity": 1},
        {"movement": ids(sale)[1], "quantity": 1},
    ]
    back = post(as_alice, sale, *lines).json()
    taken = Returned.objects.filter(movement__in=[one["id"] for one in back["movements"]]).order_by("movement")
    assert [(one.source_id, one.total) for one in taken] == [
        (ids(sale)[0], Decimal("7.50")), (ids(sale)[0], Decimal("15.00")), (ids(sale)[1], Decimal("10.00")),
    ]  # fmt: skip


def test_a_kit_beside_a_single_part_comes_back_at_its_price(as_alice, alice, cup):
    tea = make_product(alice, "Tea", 9, price="12.30")
    kit = make_kit(alice, "Basket", {cup.pk: 1, tea.pk: 1}, price="20.00")
    sale = sell_kits(as_alice, {"kit": kit["id"], "quantity": 1}, {"product": cup.pk, "quantity": 1}).json()
    assert worth(as_alice, sale, {"kit": kit["id"], "quantity": 1}) == "20.00"
    assert read_returned(as_alice, sale) == "20.00"
    kits = as_alice.get(f"/api/stock/operations/{sale['id']}/").json()["kits"]
    [row] = as_alice.get("/api/reports/kits/").json()["results"]
    assert (kits[0]["returned"], row["returned"], row["revenue"], row["cost"]) == (1, 1, "0.00", "0.00")


@all_cases(("number", "total"), [(4, "80.00"), (3, "29.99"), (7, "0.05")])
def test_kits_go_back_kit_by_kit_and_the_last_takes_the_rest(as_alice, alice, number, total):
    parts = {make_product(alice, f"P{place}", 99, price="3.33").pk: place + 1 for place in range(3)}
    kit = make_kit(alice, "Kit", parts, price="1.00")
    sale = sell_kits(as_alice, {"kit": kit["id"], "quantity": number, "total": total}).json()
    found = [Decimal(worth(as_alice, sale, {"kit": kit["id"], "quantity": 1})) for _ in range(number)]
    whole = Decimal(total)
    assert sum(found) == whole
    assert all(abs(one - whole / number) < Decimal("0.01") for one in found)
    assert get(as_alice, sale)["return_lines"] == []


@pytest.mark.quick
def test_a_part_that_came_back_before_its_kits_comes_back_for_all_it_was_sold_for(as_alice, alice, cup):
    kit = make_kit(alice, "Pair", {cup.pk: 1, make_product(alice, "Tea", 10, price="10.00").pk: 1})
    sale = sell_kits(as_alice, {"kit": kit["id"], "quantity": 3, "total": "2.00"}).json()
    first, last = ({"movement": pk, "quantity": 1} for pk in ids(sale))
    for line in (first, *[{"kit": kit["id"], "quantity": 1}] * 2, last):
        worth(as_alice, sale, line)
    assert read_returned(as_alice, sale) == "2.00"


def test_the_kits_of_two_lines_with_the_same_parts_come_back_from_the_last(as_alice, alice, cup):
    kit = make_kit(alice, "Pair", {cup.pk: 2}, price="15.00")
    lines = [{"kit": kit["id"], "quantity": 1, "unit_price": amount} for amount in ("15.00", "12.00")]
    sale = sell_kits(as_alice, *lines).json()
    assert worth(as_alice, sale, {"kit": kit["id"], "quantity": 1}) == "12.00"
    assert worth(as_alice, sale, {"kit": kit["id"], "quantity": 1, "entry": 0}) == "15.00"


@pytest.mark.measured
@all_cases(
    ("named", "code"),
    [("other", "movement_of_another_product"), ("kit", "movement_of_another_product"), ("unknown", "not_in_sale"),
     ("delivery", "not_in_sale"), ("theirs", "not_in_sale"), ("twice", "more_than_sold")],
)  # fmt: skip
def test_a_movement_that_is_not_of_the_line_is_refused(as_alice, alice, charlie, cup, kettle, named, code):
    kit = make_kit(alice, "Kit", {cup.pk: 1}, price="5.00")
    sale = sell_kits(as_alice, {"kit": kit["id"], "quantity": 1}, {"product": kettle.pk, "quantity": 1}).json()
    delivery = buy(as_alice, cup, 1, "1.00")
    theirs = make_product(charlie, "Pot", 1).movements.get().pk
    line = {
        "other": {"movement": ids(sale)[1], "product": cup.pk}, "kit": {"movement": ids(sale)[0], "kit": kit["id"]},
        "unknown": {"movement": 999_999}, "delivery": {"movement": ids(delivery)[0]}, "theirs": {"movement": theirs},
        "twice": {"movement": ids(sale)[0], "quantity": 2},
    }[named]  # fmt: skip
    refused = refuse_line(post(as_alice, sale, {"quantity": 1, **line}))
    assert (refused["code"], refused["movement"]) == (code, line["movement"])


@pytest.mark.quick
def test_a_kit_of_which_a_part_came_back_by_itself_comes_back_no_more(as_alice, alice, cup):
    kit = make_kit(alice, "Pair", {cup.pk: 2}, price="15.00")
    sale = sell_kits(as_alice, {"kit": kit["id"], "quantity": 2}).json()
    returned(as_alice, sale, (cup, 1))
    refused = refuse_line(post(as_alice, sale, {"kit": kit["id"], "quantity": 2}))
    assert (refused["code"], refused["kit"], refused["returned"]) == ("more_than_sold", kit["id"], 1)
    assert worth(as_alice, sale, {"kit": kit["id"], "quantity": 1}) == "15.00"


def test_an_undone_sale_has_nothing_to_return(as_alice, alice, cup):
    sale = sell(as_alice, (cup, 2))
    undo(as_alice, sale)
    assert read_returnable(Operation.objects.get(pk=sale["id"]), alice).movements == {}


def test_what_is_left_is_listed_by_movement(as_alice, alice, bob, cup):
    kit = make_kit(alice, "Pair", {cup.pk: 2}, price="15.00")
    sale = sell_kits(as_alice, {"product": cup.pk, "quantity": 3}, {"kit": kit["id"], "quantity": 2}).json()
    assert worth(as_alice, sale, {"movement": ids(sale)[1], "quantity": 1}) == "7.50"
    assert client_of(bob).get(f"/api/stock/operations/{sale['id']}/").json()["return_lines"] == [
        {"movement": ids(sale)[0], "product": cup.pk, "product_name": "Cup", "kit": None, "entry": None, "quantity": 3,
         "unit_price": "10.00", "total_left": "30.00"},
        {"movement": ids(sale)[1], "product": cup.pk, "product_name": "Cup", "kit": kit["id"], "entry": 0,
         "quantity": 3, "unit_price": "7.50", "total_left": "22.50"},
    ]  # fmt: skip
    undone = undo(as_alice, sell(as_alice, (cup, 1))).json()
    assert get(as_alice, {"id": undone["reverses"]})["return_lines"] == []
    assert "return_lines" not in undone


def test_goods_of_a_delivery_go_back_at_the_cost_of_their_line(as_alice, alice, bob):
    pot = make_product(alice, "Pot")
    lines = [{"product": pot.pk, "movement_type": "IN", "quantity": 2, "unit_cost": cost} for cost in ("1.00", "3.00")]
    delivery = as_alice.post("/api/stock/operations/", {"lines": lines}).json()
    left = [line["total_left"] for line in get(as_alice, delivery)["return_lines"]]
    hidden = client_of(bob).get(f"/api/stock/operations/{delivery['id']}/").json()["return_lines"]
    assert (left, [line["total_left"] for line in hidden]) == (["2.00", "6.00"], [None, None])
    back = post(as_alice, delivery, {"movement": ids(delivery)[0], "quantity": 1}, {"product": pot.pk, "quantity": 1})
    assert [(one["movement_type"], one["value"]) for one in back.json()["movements"]] == [
        ("OUT", "1.00"), ("OUT", "3.00"),
    ]  # fmt: skip


@all_cases(
    ("prices", "earlier", "expected"),
    [
        (["10.00", "5.00"], "7.50", ["7.50"]),  # the last one counts as returned; the whole never exceeds the sale
        (["5.00", "10.00"], "7.50", ["7.50"]),  # they took 2.50 less than the last one
        (["10.00"], "10.00", []),
    ],
)
def test_returns_of_earlier_releases_stay_and_count_for_the_last_movements(
    as_alice, alice, cup, prices, earlier, expected
):
    sale = sell(as_alice, *((cup, 1, price(amount)) for amount in prices))
    returned(as_alice, sale, (cup, 1))
    forget_links(alice)
    assert read_returned(as_alice, sale) == earlier
    assert [one["returned"] for one in get(as_alice, sale)["movements"]] == [0] * len(expected) + [1]
    assert [line["total_left"] for line in get(as_alice, sale)["return_lines"]] == expected
    for amount in expected:
        assert worth(as_alice, sale, {"product": cup.pk, "quantity": 1}) == amount
    assert find_breaks(alice.pk) == []


@pytest.fixture
def device(alice):
    return Device(alice)


def till_returns(device, number, sale, *lines, **body):
    """Take one piece of each of these lines back at a till, by default all that is left."""
    body |= {"lines": [{"quantity": 1, **line} for line in lines]} if lines else {}
    body["reference"], key = f"{device.till.numbered_name} #{number}", {"Idempotency-Key": device.key(number)}
    response = device.client.post(f"/api/stock/operations/{sale['id']}/return/", body, headers=key)
    assert response.status_code == 201, response.json()
    return response.json()


@pytest.mark.quick
@all_cases(
    ("pieces", "tills", "lines", "amounts"),
    [
        (1, 1, [0], ["20.00"]),
        (2, 2, [0, 0], ["10.00", "30.00"]),
        (2, 3, [0], ["20.00"]),
        (2, 1, [1, 0, 0], ["40.00", "10.00", "10.00"]),  # nothing is left of the line that the till counts for
        (2, 2, [None], ["40.00"]),  # all that is left
    ],
)
def test_the_last_piece_takes_what_returns_without_a_movement_left(
    as_alice, alice, device, cup, pieces, tills, lines, amounts
):
    sale = sell(as_alice, (cup, pieces, price("10.00")), (cup, pieces, price("30.00")))
    for number in range(tills):
        till_returns(device, number + 1, sale, {"product": cup.pk})
    for place, amount in zip(lines, amounts, strict=True):
        named = {} if place is None else {"lines": [{"movement": ids(sale)[place], "quantity": 1}]}
        back = returned(as_alice, sale, **named)
        assert str(read_worth(alice.pk, sale["id"], back["id"])) == amount
    assert (read_returned(as_alice, sale), get(as_alice, sale)["return_lines"]) == (f"{pieces * 40}.00", [])


def test_a_till_that_takes_the_last_piece_back_gives_back_the_rest(as_alice, alice, device, cup):
    sale = sell(as_alice, (cup, 1, price("10.00")), (cup, 1, price("30.00")))
    worth(as_alice, sale, {"movement": ids(sale)[0], "quantity": 1})
    till_returns(device, 1, sale, {"product": cup.pk})
    assert read_returned(as_alice, sale) == "40.00"


def test_a_line_that_took_the_rest_leaves_the_others_the_rest_of_the_sale(as_alice, alice, device, cup):
    sale = sell(as_alice, (cup, 1, price("10.00")), (cup, 1, price("30.00")))
    first = till_returns(device, 1, sale, {"product": cup.pk})
    worth(as_alice, sale, {"movement": ids(sale)[0], "quantity": 1})
    undone = undo(as_alice, first).json()
    assert [line["total_left"] for line in get(as_alice, sale)["return_lines"]] == ["20.00"]
    assert (undo(as_alice, undone).status_code, read_returned(as_alice, sale)) == (201, "40.00")


def test_a_till_that_names_a_movement_shares_no_price(as_alice, alice, device, cup):
    pot = make_product(alice, "Pot", 1)
    sale = sell(as_alice, (cup, 1, price("10.00")), (cup, 1, price("30.00")), (pot, 1, price("5.00")))
    till_returns(device, 1, sale, {"movement": ids(sale)[0]}, {"product": pot.pk})
    assert read_returned(as_alice, sale) == "15.00"


def test_a_till_that_takes_back_all_that_is_left_gives_back_all_that_is_left(as_alice, device, cup):
    sale = sell(as_alice, (cup, 1, price("10.00")), (cup, 3, price("9.00")), payments=[{"kind": "cash"}])
    returned(as_alice, sale, lines=[{"movement": ids(sale)[1], "quantity": 1}], payments=[{"kind": "cash"}])
    till_returns(device, 1, sale, payments=[{"kind": "cash"}])
    refunds = [one["amount"] for one in as_alice.get(f"/api/sales/{sale['id']}/").json()["payments"][1:]]
    assert (refunds, read_returned(as_alice, sale)) == (["-9.00", "-28.00"], "37.00")


@all_cases(("is_late", "amounts"), [(False, ["7.50", "7.50"]), (True, ["10.00", "5.00"])])
def test_what_a_till_of_an_earlier_release_has_given_back_is_booked_as_it_was_said(
    as_alice, alice, device, cup, is_late, amounts
):
    sale = sell(as_alice, (cup, 1, price("10.00")), (cup, 1, price("5.00")), payments=[{"kind": "cash"}])
    if is_late:  # the money of the sale does not allow it any more
        returned(as_alice, sale, lines=[{"movement": ids(sale)[0], "quantity": 1}], payments=[{"kind": "cash"}])
    for number in range(len(amounts) - is_late):
        line = {"product": cup.pk, "condition": "resell"}
        till_returns(device, number + 1, sale, line, payments=[{"kind": "cash"}])
    refunds = [one["amount"] for one in as_alice.get(f"/api/sales/{sale['id']}/").json()["payments"][1:]]
    assert refunds == [f"-{amount}" for amount in amounts]
    assert (read_returned(as_alice, sale), find_breaks(alice.pk)) == ("15.00", [])


def test_a_return_that_is_done_again_never_makes_more_of_a_movement_than_it_was_sold_for(as_alice, alice, cup):
    sale = sell(as_alice, (cup, 3, {"total": "10.00"}))
    undone = []
    for _ in range(2):
        backs = [returned(as_alice, sale, (cup, 1)) for _ in range(2)]
        undone += [undo(as_alice, back).json() for back in backs]
    codes = [undo(as_alice, undone[place]).status_code for place in (1, 3, 0)]  # worth 3.34, 3.34 and 3.33
    assert (codes, read_returned(as_alice, sale)) == ([201, 201, 400], "6.68")
    assert worth(as_alice, sale, {"product": cup.pk, "quantity": 1}) == "3.32"
    assert find_breaks(alice.pk) == []


@pytest.mark.quick
@all_cases(
    ("earlier", "named", "status", "back"),
    [
        (1, None, 201, "5.50"),  # the only return
        (1, (0, 2), 400, "1.00"),  # nothing would be left, but 10.00 of the money
        (1, (0, 1), 201, "6.00"),
        (2, (1, 1), 400, "10.00"),  # 7.33 do not fit beside 10.00 of 11.00
    ],
)
def test_a_return_of_an_earlier_release_is_done_again_if_the_money_of_the_sale_allows_it(
    as_alice, alice, cup, earlier, named, status, back
):
    sale = sell(as_alice, (cup, 2, {"total": "1.00"}), (cup, 1, price("10.00" if earlier == 2 else "15.50")))
    undone = undo(as_alice, returned(as_alice, sale, (cup, earlier))).json()
    forget_links(alice)
    if named:
        worth(as_alice, sale, {"movement": ids(sale)[named[0]], "quantity": named[1]})
    assert (undo(as_alice, undone).status_code, read_returned(as_alice, sale)) == (status, back)
    assert find_breaks(alice.pk) == []


@all_cases("change", ["source_id = {first}", "total = 10.01", "source_id = movement_id"])
def test_the_verification_finds_what_no_return_takes_back(as_alice, alice, cup, change):
    sale = sell(as_alice, (cup, 1, price("10.00")), (cup, 2, price("5.00")))
    returned(as_alice, sale, (cup, 2))
    assert str(Returned.objects.get()) == f"movement {Returned.objects.get().movement_id} of movement {ids(sale)[-1]}"
    assert find_breaks(alice.pk) == []
    tamper(f"UPDATE stock_returned SET {change.format(first=ids(sale)[0])}")
    assert any("does not fit what was taken back of it" in found.what for found in find_breaks(alice.pk))


@pytest.mark.long  # PostgreSQL chooses other plans in a database with other rows
def test_the_work_of_the_verification_grows_no_faster_than_the_returns(as_alice, alice, cup):
    sale, work = sell(as_alice, (cup, 20)), []
    with connection.cursor() as cursor:  # without statistics of a shop, PostgreSQL compares each row with all others
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off"
        )
    for _ in range(2):
        for _ in range(10):
            returned(as_alice, sale, (cup, 1))
        work.append(count_rows(RETURNS, {"owner": alice.pk, "limit": 1}))
    assert work[1] < 3 * work[0]
