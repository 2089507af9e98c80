"""The server and the till's scripts find the same prices: each case of price_vectors.json has one result."""

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.money.amounts import price_of
from core.money.currencies import round_money
from testing.tables import all_cases
from trade.prices.applying import PriceBook, Row

CASES = json.loads(Path(__file__).with_name("price_vectors.json").read_text(encoding="utf-8"))["cases"]
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def make_book(case):
    """Return the book that the server would read for the case."""
    day = datetime.fromisoformat(case.get("day", "2030-01-01")).date()
    by = SimpleNamespace(shop_day=lambda _at: day, shop_currency=case.get("currency", "EUR"))
    group, percent = case.get("group"), case.get("groups", {}).get(f"{case.get('group')}")
    groups = [Row(None, None, group, 0, Decimal(0), Decimal(percent), None, None, SINCE, None)] if percent else []
    rows = {name: [make_row(*row) for row in rows] for name, rows in case.get("rows", {}).items()}
    return PriceBook(by, None, tuple(rows), rows, groups)


def make_row(group, least, price, starts_on, ends_on):
    days = [day and datetime.fromisoformat(day).date() for day in (starts_on, ends_on)]
    return Row(1, None, group, least or 0, Decimal(price), None, *days, SINCE, None)


def show(case, book, line, quantities):
    name, quantity, typed = line
    listed, decimals = case["goods"][name]
    applied = book.find(name, quantities[name], Decimal(listed))
    price = Decimal(typed) if typed else applied.price
    money = price_of(quantity, price, decimals)
    money = round_money(money, case.get("currency", "EUR")) if decimals else money
    made_by = applied.price_from if price == applied.price else "typed"
    return [f"{price:.2f}", made_by, f"{money:.2f}"]


@pytest.mark.quick
@pytest.mark.whole
@all_cases("case", CASES)
def test_the_server_finds_the_price_of_a_case(case):
    quantities = Counter()
    for name, quantity, _typed in case["lines"]:
        quantities[name] += quantity
    book = make_book(case)
    assert [show(case, book, line, quantities) for line in case["lines"]] == case["shown"], case["case"]
