"""Close drawers, and move cash."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from products.models import MAX_VALUE
from records.events.models import Event, EventType
from stock.models import Operation, Payment
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product
from testing.cast.tills import OPERATIONS, Device
from testing.tables import all_cases
from trade.closings import proofs
from trade.closings.models import Cash, Closing
from trade.closings.proofs import check_series
from trade.closings.serializers import DrawerClosingSerializer
from trade.closings.tests.drawers import CASH, CLOSINGS, close, move, preview, sell, undo


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 100, price="10.00")


@pytest.mark.quick
def test_a_closing_has_what_was_sold_since_the_one_before(as_alice, pot):
    sell(as_alice, pot, 2)
    first = close(as_alice, counted="20.00", kept="5.00")
    assert (first["number"], first["sales"], first["total"], first["opening"]) == (1, 1, "20.00", "0.00")
    sell(as_alice, pot, 3)
    second = close(as_alice, counted="35.00", kept="0.00", note="Long day")
    assert (second["number"], second["sales"], second["total"], second["opening"]) == (2, 1, "30.00", "5.00")
    assert second["from_position"] == first["to_position"] + 1
    assert (second["from_at"], second["note"]) == (first["made_at"], "Long day")
    assert as_alice.get(f"{CLOSINGS}{second['id']}/").json() == second
    assert [row["id"] for row in as_alice.get(CLOSINGS).json()["results"]] == [second["id"], first["id"]]


def test_the_preview_shows_what_a_closing_would_have(as_alice, as_bob, pot):
    sell(as_bob, pot, 2)
    before = preview(as_alice)
    assert (before["number"], before["sales"], before["total"]) == (1, 1, "20.00")
    made = close(as_alice)
    changed = {"made_at"}
    assert {name: made[name] for name in before.keys() - changed} == {n: before[n] for n in before.keys() - changed}
    assert (preview(as_alice)["number"], preview(as_alice)["sales"]) == (2, 0)


def test_a_day_without_sales_can_be_closed(as_alice):
    made = [close(as_alice, counted="0", kept="0") for _ in range(3)]
    assert [one["number"] for one in made] == [1, 2, 3]
    assert made[2]["from_position"] == made[1]["to_position"] + 1


@pytest.mark.quick
def test_each_till_and_the_rest_have_series_of_their_own(as_alice, alice, pot):
    one, two = Device(alice), Device(alice, "till 2")
    one.book(1, pot, 1)
    two.book(1, pot, 2)
    sell(as_alice, pot, 4)
    made = [close(as_alice, till=one.till.pk), close(as_alice, till=two.till.pk), close(as_alice)]
    assert [(row["number"], row["total"], row["till"]) for row in made] == [
        (1, "10.00", one.till.pk), (1, "20.00", two.till.pk), (1, "40.00", None),
    ]  # fmt: skip
    assert [row["id"] for row in as_alice.get(f"{CLOSINGS}?till={one.till.pk}").json()["results"]] == [made[0]["id"]]


def test_a_device_closes_its_own_drawer_only(alice, as_alice, pot):
    one, two = Device(alice), Device(alice, "till 2")
    one.book(1, pot, 1)
    assert preview(one.client)["till"] == one.till.pk
    refused = one.client.post(CLOSINGS, {"till": two.till.pk, "counted": "1.00", "float": "1.00"})
    assert refused.status_code == 400, refused.json()
    assert one.client.get(f"{CLOSINGS}preview/?till={two.till.pk}").status_code == 404
    assert move(one.client, "in", "5.00").json()["till"] == one.till.pk
    made = close(one.client)
    assert (made["till"], made["till_name"], made["total"], made["cash_in"]) == (one.till.pk, "till 1", "10.00", "5.00")
    assert one.client.get(CLOSINGS).status_code == 403


@pytest.mark.quick
def test_the_drawer_should_have_the_float_and_the_cash(as_alice):
    close(as_alice, counted="200.00", kept="150.00")
    assert move(as_alice, "in", "20.00").status_code == 201
    assert move(as_alice, "out", "3.50").status_code == 201
    made = close(as_alice, counted="165.00", kept="100.00")
    assert (made["opening"], made["cash_in"], made["cash_out"], made["expected"]) == (
        "150.00", "20.00", "3.50", "166.50",
    )  # fmt: skip
    assert (made["counted"], made["difference"], made["taken_out"]) == ("165.00", "-1.50", "65.00")


def test_a_sale_that_is_undone_in_the_same_closing_is_in_no_sum(as_alice, pot):
    undone = sell(as_alice, pot, 2)
    as_alice.post(f"{OPERATIONS}{undone}/reverse/")
    assert (preview(as_alice)["sales"], preview(as_alice)["returned"]) == (0, "0.00")


@pytest.mark.quick
def test_a_sale_that_is_undone_later_counts_as_a_return_then(as_alice, pot):
    undone = sell(as_alice, pot, 2)
    assert close(as_alice)["total"] == "20.00"
    reversal = as_alice.post(f"{OPERATIONS}{undone}/reverse/").json()["id"]
    made = close(as_alice)
    assert (made["sales"], made["total"], made["returns"], made["returned"]) == (0, "0.00", 1, "20.00")
    as_alice.post(f"{OPERATIONS}{reversal}/reverse/")
    assert (preview(as_alice)["sales"], preview(as_alice)["total"]) == (1, "20.00")


def test_a_sale_that_arrives_late_is_named(as_alice, pot):
    close(as_alice)
    earlier = timezone.now() - timedelta(hours=3)
    sale = sell(as_alice, pot, 1, reference="till 7 #413", occurred_at=earlier.isoformat())
    sell(as_alice, pot, 1)
    made = close(as_alice)
    assert (made["sales"], made["late_count"]) == (2, 1)
    [late] = made["late"]
    assert (late["operation"], late["reference"], late["total"]) == (sale, "till 7 #413", "10.00")


def test_the_first_closing_begins_with_the_day(as_alice, pot, monkeypatch):
    sell(as_alice, pot, 1)
    assert preview(as_alice)["from_at"] == f"{timezone.now().date()}T00:00:00Z"
    day = timezone.now()
    monkeypatch.setattr("trade.closings.services.midnight", lambda *_: day)
    sell(as_alice, pot, 2)
    assert preview(as_alice)["total"] == "20.00"


@pytest.mark.quick
@all_cases(("paid", "moved", "first"), [([3, 2], [], 3), ([], [4, 2], 4), ([3], [5], 5), ([5], [3], 5)])
def test_the_first_closing_begins_with_the_day_of_the_first_money_of_its_drawer(
    as_alice, alice, pot, paid, moved, first
):
    """The numbers are days ago. The drawer of a till has money from before."""
    device, now = Device(alice), timezone.now()
    sales = [device.book(1, pot, 1).json()["id"], sell(as_alice, pot, 1)]
    of_till, own = Operation.objects.filter(pk__in=sales).order_by("pk")
    for sale, till, payments, cash in ((of_till, device.till, [9], [9]), (own, None, paid, moved)):
        row = {"owner_id": alice.pk, "performer_id": sale.performer_id, "amount": 1}
        for days in payments:
            at = {"created_at": now - timedelta(days)}
            Payment.objects.bulk_create([Payment(operation=sale, kind="cash", **row, **at)])
        for days in cash:
            Cash.objects.create(till=till, kind="in", reason="Change", created_at=now - timedelta(days), **row)
    assert preview(as_alice)["from_at"] == f"{(now - timedelta(first)).date()}T00:00:00Z"


@all_cases(
    ("body", "field"),
    [
        ({"counted": "-1.00", "float": "0.00"}, "counted"), ({"counted": "1.00", "float": "-1.00"}, "float"),
        ({"float": "0.00"}, "counted"), ({"counted": "1.00"}, "float"),
        ({"counted": "1.00", "float": "1.00", "till": 999_999}, "till"),
    ],
)  # fmt: skip
def test_a_wrong_closing_is_refused(as_alice, body, field):
    refused = as_alice.post(CLOSINGS, body)
    assert (refused.status_code, list(refused.json())) == (400, [field])


@pytest.mark.quick
def test_no_more_stays_in_the_drawer_than_was_counted(as_alice):
    refused = as_alice.post(CLOSINGS, {"counted": "10.00", "float": "10.01"})
    assert refused.status_code == 400
    body = refused.json()
    assert (body["code"], body["float"], body["counted"]) == ("float_above_counted", "10.01", "10.00")
    assert body["detail"].startswith("10.00 was counted, ")


@all_cases("amount", ["0", "-1", "0.001", "x"])
def test_cash_is_more_than_nothing(as_alice, amount):
    assert list(move(as_alice, "in", amount).json()) == ["amount"]


@pytest.mark.quick
def test_the_till_of_another_shop_is_missing(as_alice, charlie):
    till = Device(charlie).till.pk
    assert as_alice.get(f"{CLOSINGS}preview/?till={till}").status_code == 404
    foreign = as_alice.post(CLOSINGS, {"counted": "1", "float": "1", "till": till}).json()
    unknown = as_alice.post(CLOSINGS, {"counted": "1", "float": "1", "till": till + 1}).json()
    assert str(foreign).replace(str(till), "?") == str(unknown).replace(str(till + 1), "?")


def test_closings_and_cash_are_events(as_alice, alice):
    cash, made = move(as_alice, "out", "2.50").json(), close(as_alice)
    data = {event.type: event.data for event in Event.objects.filter(owner=alice)}
    assert data[EventType.CASH_MOVED] == {"cash": cash["id"], "till": None, "kind": "out", "amount": "2.50"}
    assert data[EventType.CLOSING_MADE] == {
        "closing": made["id"], "number": 1, "till": None, "digest": made["digest"],
    }  # fmt: skip


def test_nothing_is_kept_of_a_closing_whose_event_fails(as_alice, monkeypatch, settings):
    def fail(**_values):
        raise RuntimeError("no event")

    monkeypatch.setattr("trade.closings.services.record", fail)
    as_alice.raise_request_exception = False
    assert as_alice.post(CLOSINGS, {"counted": "1", "float": "0"}).status_code == 500
    assert move(as_alice, "in", "1.00").status_code == 500
    assert not Closing.objects.exists()
    assert not Cash.objects.exists()


def test_rows_are_saved_once(as_alice):
    close(as_alice)
    closing = Closing.objects.get()
    for change in (closing.save, closing.delete):
        with pytest.raises(TypeError):
            change()


@pytest.mark.quick
def test_verification_finds_nothing_wrong(as_alice, alice, pot):
    move(as_alice, "in", "5.00")
    sell(as_alice, pot, 1, occurred_at=(timezone.now() - timedelta(days=2)).isoformat())
    close(as_alice)
    close(as_alice, counted="7", kept="3")
    assert close(as_alice)["opening"] == "3.00"
    assert proofs.find_breaks(alice.pk, 10) == []
    assert as_alice.get("/api/stock/verify/").json()["broken"] == []


def test_cash_is_listed_newest_first(as_alice, as_bob):
    rows = [move(as_alice, "in", "5.00").json(), move(as_bob, "out", "2.00", reason="Stamps").json()]
    assert as_alice.get(CASH).json()["results"] == rows[::-1]
    assert rows[1]["reason"] == "Stamps"


@pytest.mark.quick
def test_cash_that_was_moved_fixes_the_currency(as_alice):
    as_alice.patch("/api/account/", {"currency": "EUR"})
    assert move(as_alice, "in", "10.50").status_code == 201
    assert as_alice.patch("/api/account/", {"currency": "JPY"}).json().get("code") == "currency_fixed"


def test_a_statement_refuses_changes(as_alice, alice):
    close(as_alice)
    with pytest.raises(Exception, match="immutable"), transaction.atomic():
        Closing.objects.update(note="x")
    assert client_of(alice).get(CLOSINGS).json()["results"][0]["note"] == ""
    assert not Operation.objects.exists()


@pytest.mark.quick
@all_cases(
    ("changed", "constraint"),
    [
        ({"number": 1}, "closings_closing_number"),
        ({"number": 0}, "closings_closing_number_from_one"),
        ({"kept": "0.01"}, "closings_closing_float"),
    ],
)
def test_the_database_refuses_a_closing_that_breaks_a_rule(as_alice, changed, constraint):
    close(as_alice, counted="0.00")
    [values] = Closing.objects.values()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Closing(**values | {"id": None, "number": 2} | changed).save()


def test_the_first_closing_counts_what_was_in_the_drawer_before(as_alice, alice):
    pot = make_product(alice, "Pot", 9, price="9.80")
    sell(as_alice, pot, 3, payments=[{"kind": "cash", "amount": "29.40"}])
    shown = as_alice.get(f"{CLOSINGS}preview/?opening=100.00").json()
    assert (shown["opening"], shown["expected"]) == ("100.00", "129.40")
    made = close(as_alice, "129.40", "100.00", opening="100.00")
    assert (made["opening"], made["expected"], made["difference"]) == ("100.00", "129.40", "0.00")
    assert find_breaks(alice.pk, limit=1) == []
    for answer in (
        as_alice.get(f"{CLOSINGS}preview/?opening=1.00"),
        as_alice.post(CLOSINGS, {"counted": "1.00", "float": "0.00", "opening": "100.00"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "opening_known")
        assert answer.json()["opening"] == "100.00"
    assert close(as_alice, "100.00", "0.00")["difference"] == "0.00"


def test_each_drawer_has_an_opening_of_its_own(as_alice, alice):
    device = Device(alice)
    close(as_alice, "5.00", "5.00", opening="5.00")
    made = device.client.post(CLOSINGS, {"counted": "50.00", "float": "50.00", "opening": "50.00"}).json()
    assert (made["number"], made["difference"]) == (1, "0.00")


@all_cases("opening", ["-1.00", "x", "1.001", "10000000000.00"])
def test_an_opening_is_an_amount_of_cash(as_alice, opening):
    assert as_alice.get(f"{CLOSINGS}preview/", {"opening": opening}).status_code == 400
    answer = as_alice.post(CLOSINGS, {"counted": "1.00", "float": "0.00", "opening": opening})
    assert (answer.status_code, [*answer.json()]) == (400, ["opening"])


@pytest.mark.quick
def test_tips_are_told_by_kind_and_those_in_cash_are_expected(as_alice, alice):
    pot = make_product(alice, "Pot", 9, price="10.00")
    cash = {"kind": "cash", "amount": "4.00", "tip": "1.00"}
    sell(as_alice, pot, 1, payments=[cash, {"kind": "card", "tip": "2.00"}])
    sale = sell(as_alice, pot, 1, payments=[{"kind": "cash", "tip": "3.00"}])
    undo(as_alice, sale)
    made = close(as_alice, "5.00")
    assert made["tips"] == [{"kind": "card", "amount": "2.00"}, {"kind": "cash", "amount": "1.00"}]
    assert (made["total"], made["expected"], made["difference"]) == ("10.00", "5.00", "0.00")
    assert [one["amount"] for one in made["payments"]] == ["6.00", "4.00"]
    table = b"".join(as_alice.get(f"{CLOSINGS}{made['id']}/file/").streaming_content).decode()
    assert "tips,cash,1.00" in table
    assert find_breaks(alice.pk, limit=1) == []


def test_a_drawer_is_closed_only_with_a_sum_that_can_be_stored(as_alice, alice):
    pot = make_product(alice, "Pot", 9, price="1.00")
    sell(as_alice, pot, payments=[{"kind": "cash", "tip": "99999999999999999998.99"}])
    wrong = sell(as_alice, pot, payments=[{"kind": "cash"}])
    assert preview(as_alice)["expected"] == "100000000000000000000.99"
    refused = as_alice.post(CLOSINGS, {"counted": "2.00", "float": "0.00"})
    assert (refused.status_code, refused.json()["code"]) == (400, "number_too_high")
    assert refused.json()["limit"] == "99999999999999999999.99"
    undo(as_alice, wrong)
    assert close(as_alice)["expected"] == "99999999999999999999.99"


def test_what_an_earlier_release_has_stored_at_the_limit_is_no_break(as_alice, alice):
    closing = Closing(**Closing.objects.values().get(pk=close(as_alice)["id"]))
    closing.document["tips"] = [{"kind": "cash", "amount": "100000000000000000000.99"}]
    closing.expected = MAX_VALUE
    assert [*check_series([closing])] == []


def test_a_closing_of_an_earlier_release_has_no_tips(as_alice, alice):
    made = close(as_alice)
    closing = Closing.objects.get(pk=made["id"])
    del closing.document["tips"]
    assert DrawerClosingSerializer(closing).data["tips"] == []
