"""Storms: requests sent again and again, and large operations that want the same products at once."""

import random
from functools import partial

import pytest

from core import transactions
from products.models import Product
from stock.drafts import Line, OperationDraft
from stock.errors import InvalidLines
from stock.locking import by_id
from stock.models import Movement, MovementType, Operation, Reason
from stock.services import book
from stock.verification import find_breaks
from testing.cast import client_of, make_product
from testing.races import try_concurrently

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8
TIMES = 3  # how often each request of the storm is sent


def dice_of(seed):
    return random.Random(seed)  # noqa: S311 - a game, no secret


def furnish(owner):
    """Ten products with plenty of stock, one of them never counted before, and ten sales to reverse."""
    products = [make_product(owner, f"P{n}", 1000, sku=f"sku-{n}") for n in range(10)]
    sell = [Line(by_id(product.pk), MovementType.OUT, 7) for product in products]
    sales = [book(draft=OperationDraft(by=owner, reason=Reason.SALE), lines=[line])[0].operation_id for line in sell]
    return products, sales


def requests_of(owner):
    """Sixty different requests, whose effect together is the same in any order."""
    products, sales = furnish(owner)
    dice = dice_of(7)

    def line():
        name = {"product": dice.choice(products[:8]).pk} if dice.random() < 0.5 else {"sku": f"SKU-{dice.randrange(8)}"}
        return {**name, "movement_type": dice.choice(["IN", "OUT"]), "quantity": dice.randint(1, 9)}

    yield from [("/api/stock/", line()) for _ in range(25)]
    yield from [("/api/stock/operations/", {"lines": [line() for _ in range(dice.randint(2, 20))]}) for _ in range(15)]
    yield from [(f"/api/stock/operations/{sale}/reverse/", {}) for sale in sales[:8]]
    yield from [("/api/products/", {"name": f"New {n}", "price": "1.00", "quantity": n}) for n in range(10)]
    # Nobody else moves these two.
    yield from [("/api/stock/counts/", {"lines": [{"product": p.pk, "counted": 5}]}) for p in products[8:]]


def send(client, address, body, key):
    """What the server answers, without what tells a first answer from its replay."""
    answer = client.post(address, body, HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == 201, answer.content
    return answer.content


def send_all(owner, calls, seed):
    """Send the calls; a third of the answers gets lost, and these are asked for again. The answers, by their key."""
    client, dice, answers = client_of(owner), dice_of(seed), []
    for call in calls:
        answer = send(client, *call)
        if dice.random() < 1 / 3:
            answer = send(client, *call)
        answers.append((call[-1], answer))
    return answers


def shop_of(owner):
    """Its balances, and how many operations and movements led there."""
    balances = dict(Product.objects.filter(owner=owner).values_list("name", "quantity"))
    return balances, Operation.objects.filter(owner=owner).count(), Movement.objects.filter(owner=owner).count()


def storm(owner, key_of):
    """Every request three times in random order from eight threads; the answers, with their keys."""
    requests = list(enumerate(requests_of(owner)))
    calls = [(*request, key_of(number, time)) for time in range(TIMES) for number, request in requests]
    dice_of(3).shuffle(calls)
    results = try_concurrently(*[partial(send_all, owner, calls[n::THREADS], n) for n in range(THREADS)])
    return [answer for result in results for answer in result]


def test_a_storm_of_retries_ends_as_one_clean_run(alice, charlie):
    for address, body in requests_of(charlie):
        assert client_of(charlie).post(address, body).status_code == 201
    answers = storm(alice, lambda number, _: f"request {number}")
    assert len(answers) == 60 * TIMES
    assert len(set(answers)) == 60  # to each key one answer, to the byte
    assert shop_of(alice) == shop_of(charlie)
    assert find_breaks(alice.pk) == []


def test_control_with_a_key_for_every_sending_the_storm_leaves_its_traces(alice, charlie):
    for address, body in requests_of(charlie):
        client_of(charlie).post(address, body)
    with pytest.raises(TypeError):  # a request was refused: its sale had been reversed already
        storm(alice, lambda number, time: f"request {number}, sent as number {time}")
    assert shop_of(alice) != shop_of(charlie)


def thousand_lines(alice, products, seed, last=None):
    """Deliver and sell a thousand times in an order of one's own."""
    lines = [
        Line(by_id(p.pk), kind, 1) for p in products for kind in (MovementType.IN, MovementType.OUT) for _ in range(5)
    ]
    dice_of(seed).shuffle(lines)
    for _ in range(3):
        book(draft=OperationDraft(by=alice, reason=Reason.OTHER), lines=[*lines[1:], last or lines[0]])


def test_a_thousand_lines_over_the_same_products_never_deadlock(alice, monkeypatch):
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)  # a deadlock is an error, not carried out again
    products = [make_product(alice, f"P{n}", 100) for n in range(100)]
    results = try_concurrently(*[partial(thousand_lines, alice, products, seed) for seed in range(4)])
    assert results == [None] * 4
    assert set(Product.objects.values_list("quantity", "stock_sequence")) == {(100, 1 + 10 * 3 * 4)}
    assert Operation.objects.count() == 100 + 3 * 4
    assert find_breaks(alice.pk) == []


def test_a_thousand_lines_of_which_the_last_is_refused_leave_nothing_beside_others(alice):
    products = [make_product(alice, f"P{n}", 100) for n in range(100)]
    too_many = Line(by_id(products[0].pk), MovementType.OUT, 1_000_000)
    good, *bad = try_concurrently(
        partial(thousand_lines, alice, products, 1),
        partial(thousand_lines, alice, products, 2, too_many),
        partial(thousand_lines, alice, products, 3, too_many),
    )
    assert good is None
    assert [(type(error), list(error.errors)) for error in bad] == [(InvalidLines, [999])] * 2
    assert set(Product.objects.values_list("quantity", "stock_sequence")) == {(100, 1 + 10 * 3)}
    assert (Operation.objects.count(), Movement.objects.count()) == (100 + 3, 100 + 3000)
    assert find_breaks(alice.pk) == []
