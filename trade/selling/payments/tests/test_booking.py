"""Payments of sales: with a sale, with a return, and what undoes them."""

from decimal import Decimal

import pytest

from records.events.models import Event
from stock.models import Operation, Payment, Seal
from stock.proofs.services import read_file, seal_account
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.payments import services as payment_services
from trade.selling.payments.errors import Overpaid, PaidSaleReversed, PaymentReversed, RefundTooHigh
from trade.selling.payments.money import PaymentDraft, read_money, read_worth
from trade.selling.payments.services import pay, reverse_payment

OPERATIONS = "/api/stock/operations/"
RESERVATIONS = "/api/stock/reservations/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="4.00", cost_price="1.00", quantity=20)


def sell(client, product, quantity=1, *payments, **fields):
    line = {"product": product.pk, "movement_type": "OUT", "quantity": quantity}
    return client.post(OPERATIONS, {"lines": [line], "payments": payments, **fields})


def give_back(client, sale, *payments, **fields):
    return client.post(f"{OPERATIONS}{sale['id']}/return/", {"payments": payments, **fields})


def reverse(client, operation):
    return client.post(f"{OPERATIONS}{operation['id']}/reverse/", {})


def cash(amount=None, **fields):
    return {"kind": "cash", **({"amount": amount} if amount else {}), **fields}


def show(client, operation):
    """Return the payments of the operation as its response shows them."""
    return client.get(f"{OPERATIONS}{operation['id']}/").json()["payments"]


def list_paid(payments):
    return [(one["kind"], one["amount"], one["tendered"], one["change"]) for one in payments]


def get_money(sale):
    """Return what is left to pay, and what can be given back."""
    money = read_money(Operation.objects.get(pk=sale["id"]))
    assert money.owed == (0 if money.due < 0 else money.due)
    return str(money.due), str(money.refundable)


def refuse(response, code, **numbers):
    data = response.json()
    assert response.status_code in (400, 409)
    assert data["code"] == code, data
    assert {name: data[name] for name in numbers} == numbers


@pytest.mark.quick
def test_a_sale_is_paid_in_two_kinds_with_change(as_alice, tea):
    sale = sell(as_alice, tea, 3, cash("5.00", tendered="20"), {"kind": "card", "amount": 7}).json()
    assert list_paid(sale["payments"]) == [("cash", "5.00", "20.00", "15.00"), ("card", "7.00", None, None)]
    assert show(as_alice, sale) == sale["payments"]
    assert sale["payments"][0]["performed_by_username"] == "alice"
    assert [one["payments"] for one in as_alice.get(OPERATIONS).json()["results"]] == [sale["payments"], []]


def test_a_payment_without_an_amount_is_all_that_is_left(as_alice, tea):
    sale = sell(as_alice, tea, 3, {"kind": "voucher", "amount": "10.00"}, cash(tendered="2.00")).json()
    assert list_paid(sale["payments"]) == [("voucher", "10.00", None, None), ("cash", "2.00", "2.00", "0.00")]


def test_a_sale_of_one_line_is_paid(as_alice, tea):
    body = {"product": tea.pk, "movement_type": "OUT", "quantity": 2, "payments": [cash()]}
    assert as_alice.post("/api/stock/", body).status_code == 201
    assert [(one.kind, str(one.amount)) for one in Payment.objects.all()] == [("cash", "8.00")]


def test_an_order_is_paid_when_it_is_fulfilled(as_alice, tea):
    made = as_alice.post(RESERVATIONS, {"lines": [{"product": tea.pk, "quantity": 2}]}).json()
    sale = as_alice.post(f"{RESERVATIONS}{made['id']}/fulfil/", {"payments": [cash("3.00")]}).json()
    assert list_paid(sale["payments"]) == [("cash", "3.00", None, None)]
    assert get_money(sale) == ("5.00", "0.00")


def test_the_discount_is_not_paid(as_alice, tea):
    refuse(sell(as_alice, tea, 2, cash("7.21"), discount={"percent": "10"}), "overpaid", due="7.20", amount="7.21")
    sale = sell(as_alice, tea, 2, cash(), discount={"percent": "10"}).json()
    assert list_paid(sale["payments"]) == [("cash", "7.20", None, None)]


@pytest.mark.quick
@pytest.mark.whole
@pytest.mark.measured
@all_cases(
    ("payments", "code", "numbers"),
    [
        ([cash("4.01")], "overpaid", {"total": "4.00", "paid": "0.00", "due": "4.00"}),
        ([cash("2.00"), cash("2.01")], "overpaid", {"amount": "4.01"}),
        ([cash("4.00"), cash()], "overpaid", {"amount": "4.00"}),
        ([cash("4.00", tendered="3.99")], "tendered_too_low",
         {"detail": "3.99 was handed over for 4.00: that is too little.", "tendered": "3.99", "amount": "4.00"}),
        ([cash(tendered="3.00")], "tendered_too_low", {"amount": "4.00"}),
        ([cash(tendered="0.00")], "tendered_too_low", {"tendered": "0.00"}),
        ([{"kind": "card", "amount": "1.00", "tendered": "2.00"}], "tendered_without_cash", {}),
    ],
)  # fmt: skip
def test_payments_that_a_sale_refuses(as_alice, tea, payments, code, numbers):
    refuse(sell(as_alice, tea, 1, *payments), code, **numbers)
    assert (Payment.objects.count(), Operation.objects.count()) == (0, 1)


@all_cases(
    ("payment", "wrong"),
    [
        ({"kind": "cheque", "amount": "1.00"}, "kind"),
        ({"amount": "1.00"}, "kind"),
        (cash("0.00"), "amount"),
        (cash("-1.00"), "amount"),
        (cash("1.001"), "amount"),
        (cash("NaN"), "amount"),
        (cash("1.00", tendered="-1"), "tendered"),
    ],
)
def test_malformed_payments_are_refused_at_their_fields(as_alice, tea, payment, wrong):
    response = sell(as_alice, tea, 1, payment)
    assert response.status_code == 400
    assert list(response.json()["payments"]["0"]) == [wrong]


def test_what_costs_nothing_is_not_paid(as_alice, alice):
    gift = make_product(alice, "Gift", price="0.00", quantity=2)
    refuse(sell(as_alice, gift, 1, cash()), "overpaid", due="0.00")


def test_a_payment_of_the_rest_is_refused_if_others_leave_nothing(as_alice, tea):
    answer = sell(as_alice, tea, 1, cash("4.00"), {"kind": "card"})
    assert (answer.status_code, answer.json()["detail"]) == (400, "Nothing is left to pay.")


@all_cases("fields", [{"reason": "damage"}, {"reason": "return"}])
def test_only_a_sale_is_paid(as_alice, tea, fields):
    refuse(sell(as_alice, tea, 1, cash("1.00"), **fields), "not_a_sale")
    assert Operation.objects.count() == 1


@pytest.mark.quick
def test_a_delivery_is_not_paid_nor_given_back(as_alice, tea):
    line = {"product": tea.pk, "movement_type": "IN", "quantity": 1}
    refuse(as_alice.post(OPERATIONS, {"lines": [line], "payments": [cash("1.00")]}), "not_a_sale")
    delivery = as_alice.post(OPERATIONS, {"lines": [line]}).json()
    refuse(give_back(as_alice, delivery, cash("1.00")), "not_a_sale")


# --- Given back ----------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_a_return_gives_back_what_came_back_and_was_paid(as_alice, tea):
    sale = sell(as_alice, tea, 3, cash("12.00")).json()
    lines = [{"product": tea.pk, "quantity": 2}]
    back = give_back(as_alice, sale, {"kind": "card", "amount": "3.00"}, cash(), lines=lines).json()
    assert list_paid(back["payments"]) == [("card", "-3.00", None, None), ("cash", "-5.00", None, None)]
    assert [one["origin"] for one in show(as_alice, sale)] == [None, back["id"], back["id"]]
    assert (show(as_alice, back), get_money(sale)) == (back["payments"], ("0.00", "0.00"))


def test_at_most_what_came_back_is_given_back(as_alice, tea):
    sale = sell(as_alice, tea, 3, cash("12.00")).json()
    lines = [{"product": tea.pk, "quantity": 1}]
    numbers = {"total": "12.00", "paid": "12.00", "limit": "4.00", "amount": "4.01"}
    refuse(give_back(as_alice, sale, cash("4.01"), lines=lines), "refund_too_high", **numbers)
    assert (Payment.objects.count(), show(as_alice, sale)) == (1, sale["payments"])
    assert give_back(as_alice, sale, lines=lines).status_code == 201
    assert list_paid(give_back(as_alice, sale, cash(), lines=lines).json()["payments"]) == [
        ("cash", "-8.00", None, None)
    ]


@pytest.mark.quick
def test_at_most_what_was_paid_is_given_back(as_alice, tea):
    sale = sell(as_alice, tea, 3, cash("5.00")).json()
    refuse(give_back(as_alice, sale, cash("5.01")), "refund_too_high", limit="5.00", amount="5.01")
    assert list_paid(give_back(as_alice, sale, cash()).json()["payments"]) == [("cash", "-5.00", None, None)]
    assert get_money(sale) == ("0.00", "0.00")


@all_cases(("quantity", "given", "due"), [(1, [], "3.00"), (2, ["-1.00"], "0.00"), (3, ["-5.00"], "0.00")])
def test_what_is_not_paid_yet_is_taken_off_what_is_given_back(as_alice, tea, quantity, given, due):
    sale = sell(as_alice, tea, 3, cash("5.00")).json()
    back = give_back(as_alice, sale, cash(), lines=[{"product": tea.pk, "quantity": quantity}]).json()
    assert ([one["amount"] for one in back["payments"]], get_money(sale)[0]) == (given, due)


@all_cases(
    ("payments", "given"),
    [(["1.00", None], ["-1.00"]), (["3.00", None], ["-3.00"]), (["0.40", None], ["-0.40", "-0.60"]),
     ([None, "0.40"], ["-1.00", "-0.40"]), ([None, None], ["-1.00"])],
)  # fmt: skip
def test_a_payment_without_an_amount_gives_back_what_the_ones_before_it_have_left(as_alice, tea, payments, given):
    sale = sell(as_alice, tea, 3, cash("5.00")).json()
    lines = [{"product": tea.pk, "quantity": 2}]
    back = give_back(as_alice, sale, *map(cash, payments), lines=lines).json()
    assert [one["amount"] for one in back["payments"]] == given


def test_what_was_paid_again_after_a_return_was_undone_is_given_back(as_alice, tea):
    sale = sell(as_alice, tea, 2, cash()).json()
    first = give_back(as_alice, sale, cash(), lines=[{"product": tea.pk, "quantity": 1}]).json()
    [_, refund] = show(as_alice, sale)
    as_alice.post(f"/api/sales/{sale['id']}/payments/{refund['id']}/reverse/", {})
    give_back(as_alice, sale, cash())
    assert reverse(as_alice, first).status_code == 201
    assert as_alice.post(f"/api/sales/{sale['id']}/payments/", cash()).status_code == 201
    assert give_back(as_alice, sale, cash()).json()["payments"][0]["amount"] == "-4.00"


def test_nothing_is_given_back_of_a_sale_that_was_not_paid(as_alice, tea):
    sale = sell(as_alice, tea, 3).json()
    refuse(give_back(as_alice, sale, cash()), "refund_too_high", limit="0.00")
    refuse(give_back(as_alice, sale, cash("1.00")), "refund_too_high", limit="0.00")


def test_what_is_given_back_has_no_change(as_alice, tea):
    sale = sell(as_alice, tea, 1, cash()).json()
    refuse(give_back(as_alice, sale, cash("4.00", tendered="5.00")), "tendered_without_cash")


# --- Later, and undone ---------------------------------------------------------------------------------------


@pytest.fixture
def sale(as_alice, tea):
    """Return a sale for 12.00, of which 5.00 are paid."""
    return Operation.objects.get(pk=sell(as_alice, tea, 3, cash("5.00")).json()["id"])


def test_a_sale_is_paid_later_and_never_more_than_what_is_left(alice, as_alice, tea, sale):
    pay(by=alice, sale=sale, payments=[PaymentDraft("card", Decimal("6.00"))])
    with pytest.raises(Overpaid) as refused:
        pay(by=alice, sale=sale, payments=[PaymentDraft("card", Decimal("1.01"))])
    assert refused.value.numbers["due"] == "1.00"
    give_back(as_alice, {"id": sale.pk}, lines=[{"product": tea.pk, "quantity": 1}])
    with pytest.raises(Overpaid) as refused:
        pay(by=alice, sale=sale, payments=[PaymentDraft("card")])
    assert refused.value.numbers["due"] == "-3.00"


def test_a_payment_has_the_name_of_who_booked_it(bob, as_alice, sale):
    [payment] = pay(by=bob, sale=sale, payments=[PaymentDraft("other")])
    assert (payment.performer.name, payment.performer.user_id) == ("bob", bob.pk)
    assert [one["performed_by_username"] for one in show(as_alice, {"id": sale.pk})] == ["alice", "bob"]


def test_a_payment_is_reversed_once(alice, as_alice, sale):
    payment = Payment.objects.get()
    reversal = reverse_payment(by=alice, sale=sale, pk=payment.pk)
    assert (str(reversal.amount), reversal.reverses_id, reversal.origin_id) == ("-5.00", payment.pk, None)
    assert [(one["reverses"], one["reversed_by"]) for one in show(as_alice, {"id": sale.pk})] == [
        (None, reversal.pk), (payment.pk, None),
    ]  # fmt: skip
    for pk in (payment.pk, reversal.pk):
        with pytest.raises(PaymentReversed):
            reverse_payment(by=alice, sale=sale, pk=pk)
    assert get_money({"id": sale.pk}) == ("12.00", "0.00")


def test_a_payment_of_another_sale_is_missing(alice, as_alice, tea, sale):
    other = sell(as_alice, tea, 1, cash()).json()
    with pytest.raises(Payment.DoesNotExist):
        reverse_payment(by=alice, sale=sale, pk=other["payments"][0]["id"])


def test_a_payment_that_was_given_back_is_not_reversed(alice, as_alice, sale):
    back = give_back(as_alice, {"id": sale.pk}, cash("2.00")).json()
    with pytest.raises(RefundTooHigh) as refused:
        reverse_payment(by=alice, sale=sale, pk=Payment.objects.earliest("pk").pk)
    assert refused.value.numbers["limit"] == "3.00"
    reverse_payment(by=alice, sale=sale, pk=back["payments"][0]["id"])
    reverse_payment(by=alice, sale=sale, pk=Payment.objects.earliest("pk").pk)
    assert get_money({"id": sale.pk}) == ("0.00", "0.00")


def test_the_reversal_of_a_sale_undoes_its_payments(alice, as_alice, sale):
    pay(by=alice, sale=sale, payments=[PaymentDraft("card")])
    undone = reverse(as_alice, {"id": sale.pk}).json()
    assert list_paid(undone["payments"]) == [("cash", "-5.00", None, None), ("card", "-7.00", None, None)]
    assert show(as_alice, undone) == undone["payments"]
    for act in (
        lambda: pay(by=alice, sale=sale, payments=[PaymentDraft("card")]),
        lambda: reverse_payment(by=alice, sale=sale, pk=Payment.objects.earliest("pk").pk),
    ):
        with pytest.raises(PaidSaleReversed):
            act()


def test_a_sale_that_stands_again_is_paid_anew_and_undone_again(alice, as_alice, sale):
    again = reverse(as_alice, reverse(as_alice, {"id": sale.pk}).json()).json()
    assert (again["payments"], get_money({"id": sale.pk})) == ([], ("12.00", "0.00"))
    [payment] = pay(by=alice, sale=sale, payments=[PaymentDraft("card")])
    undone = reverse(as_alice, again).json()
    assert [one["reverses"] for one in undone["payments"]] == [payment.pk]


@pytest.mark.quick
def test_the_reversal_of_a_return_undoes_what_it_gave_back(as_alice, sale):
    kept = give_back(
        as_alice, {"id": sale.pk}, cash("1.00"), lines=[{"product": sale.movements.get().product_id, "quantity": 1}]
    )
    back = give_back(as_alice, {"id": sale.pk}, cash("2.00")).json()
    undone = reverse(as_alice, back).json()
    assert list_paid(undone["payments"]) == [("cash", "2.00", None, None)]
    assert (kept.status_code, get_money({"id": sale.pk})) == (201, ("4.00", "3.00"))


def test_reversals_of_what_has_no_payments_book_none(as_alice, tea):
    assert reverse(as_alice, sell(as_alice, tea, 1).json()).json()["payments"] == []
    line = {"product": tea.pk, "movement_type": "IN", "quantity": 1}
    assert reverse(as_alice, as_alice.post(OPERATIONS, {"lines": [line]}).json()).json()["payments"] == []
    assert not Payment.objects.exists()


@pytest.mark.quick
def test_each_booking_of_payments_is_an_event(as_alice, tea):
    sale = sell(as_alice, tea, 2, cash("3.00"), cash("1.00")).json()
    reverse(as_alice, sale)
    ids = list(Payment.objects.order_by("pk").values_list("pk", flat=True))
    paid = Event.objects.filter(type="sale.paid").order_by("pk").values_list("data", flat=True)
    assert list(paid) == [{"operation": sale["id"], "payments": part} for part in (ids[:2], ids[2:])]
    events = as_alice.get("/api/events/?type=sale.paid").json()["events"]
    assert [event["data"] for event in events] == list(paid)


def test_what_came_back_is_worth_what_it_was_sold_for(as_alice, tea):
    sale = sell(as_alice, tea, 3, discount={"amount": "2.00"}).json()
    backs = [give_back(as_alice, sale, lines=[{"product": tea.pk, "quantity": 1}]).json() for _ in range(3)]
    alone = [str(read_worth(tea.owner_id, sale["id"], back["id"])) for back in backs]
    assert (alone, str(read_worth(tea.owner_id, sale["id"], sale["id"]))) == (["3.33", "3.34", "3.33"], "0.00")


@all_cases("discount", [{"percent": "33.33"}, {"amount": "1.00"}])
def test_what_is_given_back_piece_by_piece_is_what_was_paid(as_alice, tea, discount):
    sale = sell(as_alice, tea, 3, cash(), discount=discount).json()
    piece = [{"product": tea.pk, "quantity": 1}]
    backs = [give_back(as_alice, sale, cash(), lines=piece).json()["payments"][0] for _ in range(3)]
    assert sum(Decimal(one["amount"]) for one in (*sale["payments"], *backs)) == 0


def test_a_payment_without_an_amount_is_at_most_what_can_be_stored(as_alice, tea, monkeypatch):
    monkeypatch.setattr(payment_services, "MAX_VALUE", Decimal("5.00"))
    refuse(sell(as_alice, tea, 2, cash()), "number_too_high", limit="5.00")
    assert sell(as_alice, tea, 1, cash()).status_code == 201


def test_a_tip_is_no_part_of_the_sale(as_alice, tea):
    sale = sell(as_alice, tea, 2, cash("8.00", tendered="10.00", tip="1.50")).json()
    [paid] = sale["payments"]
    assert (paid["amount"], paid["tip"], paid["tendered"], paid["change"]) == ("8.00", "1.50", "10.00", "0.50")
    shown = as_alice.get(f"/api/sales/{sale['id']}/").json()
    assert (shown["total"], shown["due"], shown["payments"][0]["tip"]) == ("8.00", "0.00", "1.50")
    totals = as_alice.get("/api/sales/?period=today").json()["totals"]
    assert totals["payments"] == [{"kind": "cash", "amount": "8.00"}]
    undone = as_alice.post(f"/api/sales/{sale['id']}/payments/{paid['id']}/reverse/").json()
    assert [(one["amount"], one["tip"]) for one in undone["payments"]] == [("-8.00", "-1.50")]


def test_half_in_cash_and_half_by_card_with_a_tip_each(as_alice, alice, tea):
    sale = sell(as_alice, tea, 2, cash("4.00", tip="0.40"), {"kind": "card", "tip": "1.00"}).json()
    assert [(one["kind"], one["amount"], one["tip"]) for one in sale["payments"]] == [
        ("cash", "4.00", "0.40"), ("card", "4.00", "1.00"),
    ]  # fmt: skip
    undone = reverse(as_alice, sale).json()["payments"]
    assert [(one["amount"], one["tip"]) for one in undone] == [("-4.00", "-0.40"), ("-4.00", "-1.00")]
    assert find_breaks(alice.pk, limit=1) == []


def test_what_is_handed_over_covers_the_tip(as_alice, tea):
    refuse(sell(as_alice, tea, 1, cash("4.00", tendered="5.00", tip="1.01")), "tendered_too_low")
    assert sell(as_alice, tea, 1, cash("4.00", tendered="5.00", tip="1.00")).status_code == 201


def test_a_return_gives_back_no_tip(as_alice, tea):
    sale = sell(as_alice, tea, 1, cash("4.00", tip="1.00")).json()
    refuse(give_back(as_alice, sale, cash(tip="1.00")), "tip_given_back")
    back = give_back(as_alice, sale, cash()).json()["payments"]
    assert [(one["amount"], one["tip"]) for one in back] == [("-4.00", "0.00")]


@all_cases("tip", ["-0.01", "0.001", "100000000000000000000.00"])
def test_a_tip_is_an_amount_of_money(as_alice, tea, tip):
    assert sell(as_alice, tea, 1, cash("4.00", tip=tip)).status_code == 400


def test_a_seal_has_the_tips(as_alice, alice, tea):
    sell(as_alice, tea, 1, cash("4.00"))
    seal_account(owner_id=alice.pk)
    sell(as_alice, tea, 1, cash("4.00", tip="1.00"))
    seal_account(owner_id=alice.pk)
    seals = Seal.objects.filter(owner=alice).order_by("number")
    assert b'"tip" : "1.00"' in b"".join(read_file(seals[1]))
    assert b'"tip"' not in b"".join(read_file(seals[0]))
    assert find_breaks(alice.pk, limit=1) == []
