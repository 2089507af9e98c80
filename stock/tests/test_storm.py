"""Many concurrent requests with retries, and concurrent large operations on the same products."""

import random
from functools import partial

import pytest

from core.database import transactions
from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.errors import InvalidLines
from stock.models import Movement, MovementType, Operation, OperationReason
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product, make_products
from testing.races import try_concurrently
from trade.selling.services import book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

THREADS = 8
TIMES = 3  # how often each request is sent
LARGE = 2  # the number of operations with a thousand lines in each thread


def make_random(seed):
    return random.Random(seed)  # noqa: S311 - not a secret


def create_stock(owner):
    """Create ten products with plenty of stock, and book ten sales, which can be reversed."""
    products = [make_product(owner, f"P{n}", 1000, sku=f"sku-{n}") for n in range(10)]
    sell = [BookingLine(by_id(product.pk), MovementType.OUT, 7) for product in products]
    sales = [
        book(draft=OperationDraft(by=owner, reason=OperationReason.SALE), lines=[line])[0].operation_id for line in sell
    ]
    return products, sales


def make_requests(owner):
    """Yield sixty different requests. Their total effect does not depend on their order."""
    products, sales = create_stock(owner)
    chance = make_random(7)

    def make_line():
        name = (
            {"product": chance.choice(products[:8]).pk}
            if chance.random() < 0.5
            else {"sku": f"SKU-{chance.randrange(8)}"}
        )
        return {**name, "movement_type": chance.choice(["IN", "OUT"]), "quantity": chance.randint(1, 9)}

    yield from [("/api/stock/", make_line()) for _ in range(25)]
    yield from [
        ("/api/stock/operations/", {"lines": [make_line() for _ in range(chance.randint(2, 20))]}) for _ in range(15)
    ]
    yield from [(f"/api/stock/operations/{sale}/reverse/", {}) for sale in sales[:8]]
    yield from [("/api/products/", {"name": f"New {n}", "price": "1.00", "quantity": n}) for n in range(10)]
    # No other request changes these two products.
    yield from [("/api/stock/counts/", {"lines": [{"product": p.pk, "counted": 5}]}) for p in products[8:]]


def send(client, address, body, key):
    """Send a request and return the body of the response, which is the same for a replay."""
    response = client.post(address, body, HTTP_IDEMPOTENCY_KEY=key)
    assert response.status_code == 201, response.content
    return response.content


def send_all(owner, calls, seed):
    """Send the calls. Send a third of them twice, as if their responses were lost. Return (key, response) pairs."""
    client, chance, responses = client_of(owner), make_random(seed), []
    for call in calls:
        response = send(client, *call)
        if chance.random() < 1 / 3:
            response = send(client, *call)
        responses.append((call[-1], response))
    return responses


def summarize_account(owner):
    """Return the account's balances by name, and its numbers of operations and movements."""
    balances = dict(Product.objects.filter(owner=owner).values_list("name", "quantity"))
    return balances, Operation.objects.filter(owner=owner).count(), Movement.objects.filter(owner=owner).count()


def send_storm(owner, make_key):
    """Send every request three times in random order from eight threads. Return (key, response) pairs."""
    requests = list(enumerate(make_requests(owner)))
    calls = [(*request, make_key(number, time)) for time in range(TIMES) for number, request in requests]
    make_random(3).shuffle(calls)
    results = try_concurrently(*[partial(send_all, owner, calls[n::THREADS], n) for n in range(THREADS)])
    return [response for result in results for response in result]


def test_requests_sent_three_times_with_a_key_have_one_effect(alice, charlie):
    for address, body in make_requests(charlie):
        assert client_of(charlie).post(address, body).status_code == 201
    responses = send_storm(alice, lambda number, _: f"request {number}")
    assert len(responses) == 60 * TIMES
    assert len(set(responses)) == 60  # each key has one response, byte by byte
    assert summarize_account(alice) == summarize_account(charlie)
    assert find_breaks(alice.pk) == []


def test_control_with_a_new_key_for_each_retry_requests_have_more_effects(alice, charlie):
    for address, body in make_requests(charlie):
        client_of(charlie).post(address, body)
    with pytest.raises(TypeError):  # a request was refused, because its sale had already been reversed
        send_storm(alice, lambda number, time: f"request {number}, sent as number {time}")
    assert summarize_account(alice) != summarize_account(charlie)


def book_thousand_lines(alice, products, seed, last=None):
    """Book LARGE operations of a thousand lines, in a random order that depends on the seed."""
    lines = [
        BookingLine(by_id(p.pk), kind, 1)
        for p in products
        for kind in (MovementType.IN, MovementType.OUT)
        for _ in range(5)
    ]
    make_random(seed).shuffle(lines)
    for _ in range(LARGE):
        book(draft=OperationDraft(by=alice, reason=OperationReason.OTHER), lines=[*lines[1:], last or lines[0]])


def test_concurrent_operations_of_1000_lines_never_deadlock(alice, monkeypatch):
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)  # a deadlock is then an error, and no reason to retry
    products = make_products(alice, 100, 100)
    results = try_concurrently(*[partial(book_thousand_lines, alice, products, seed) for seed in range(4)])
    assert results == [None] * 4
    assert set(Product.objects.values_list("quantity", "stock_sequence")) == {(100, 1 + 10 * LARGE * 4)}
    assert Operation.objects.count() == 1 + LARGE * 4
    assert find_breaks(alice.pk) == []


def test_a_concurrent_operation_whose_last_line_is_refused_books_nothing(alice):
    products = make_products(alice, 100, 100)
    too_many = BookingLine(by_id(products[0].pk), MovementType.OUT, 1_000_000)
    good, *bad = try_concurrently(
        partial(book_thousand_lines, alice, products, 1),
        partial(book_thousand_lines, alice, products, 2, too_many),
        partial(book_thousand_lines, alice, products, 3, too_many),
    )
    assert good is None
    assert [(type(error), list(error.errors)) for error in bad] == [(InvalidLines, [999])] * 2
    assert set(Product.objects.values_list("quantity", "stock_sequence")) == {(100, 1 + 10 * LARGE)}
    assert (Operation.objects.count(), Movement.objects.count()) == (1 + LARGE, 100 + 1000 * LARGE)
    assert find_breaks(alice.pk) == []
