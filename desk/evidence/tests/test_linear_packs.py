"""The work for a pack grows no faster than the shop, also before PostgreSQL has statistics of it."""

import pytest
from django.db import transaction

from core.database.postgres.base import execute
from desk.evidence.reading import statements
from desk.evidence.tests.conftest import ask
from testing.cast.people import make_product
from testing.laws.query_plans import count_rows

pytestmark = pytest.mark.long  # PostgreSQL chooses other plans in a database with other rows

LINES = 60
MAX_RATIO = 2.5  # twice the lines may take so many times the work; comparing each line with all others would take 4


def count_products(client, owner, _shelf, number):
    lines = [{"product": make_product(owner, f"Cup {number}.{line}").pk, "counted": 5} for line in range(number)]
    assert client.post("/api/stock/counts/", {"lines": lines}).status_code == 201


def count_lots(client, owner, shelf, number):
    pot = make_product(owner, f"Pot {number}")
    lines = [{"product": pot.pk, "counted": 5, "location": shelf.pk, "lot": f"L{line}"} for line in range(number)]
    assert client.post("/api/stock/counts/", {"lines": lines}).status_code == 201


def measure_work(owner):
    request = ask(owner)
    with transaction.atomic():
        execute(statements.PLAN_FOR_MANY_ROWS)
        return sum(
            count_rows(request.write(statement), request.parameters)
            for statement in (statements.INVENTORY, statements.COUNTS, statements.PURCHASES)
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count_many", [count_products, count_lots])
def test_twice_the_counted_lines_are_at_most_twice_the_work(as_alice, alice, shelf, count_many):
    done = []
    for number in (LINES, LINES):
        count_many(as_alice, alice, shelf, number + len(done))
        done.append(measure_work(alice))
    once, twice = done
    assert twice < MAX_RATIO * once
