"""The server and the till's scripts compute the same money: each case of money_vectors.json has one result.

The scripts run in Node.js where it is installed.
"""

import json
import shutil
import subprocess
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from rest_framework import serializers

from core.kinds import read_goods, read_money
from core.money.amounts import count_units, price_of, write_amount
from core.money.currencies import check_decimals, find_charged_price, find_doubt, get_money_decimals
from stock.booking.drafts import NOTHING, Discount
from stock.models import Payment
from testing.cast.people import client_of, make_product
from testing.tables import all_cases
from trade.selling import sold
from trade.selling.drafts import SoldEntry, SoldPart
from trade.selling.money import add_up, find_share, share_discount, share_total
from trade.selling.payments.money import read_totals
from trade.selling.tests.test_returns import returned, sell
from trade.selling.tests.test_sold import make_tax

FOLDER = settings.BASE_DIR / "trade" / "tills"
FILE = FOLDER / "tests" / "money_vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))
CENT = Decimal("0.01")


def write(amount):
    return f"{amount:.2f}"


def make_line(quantity, price, decimals):
    """Return a movement that is sold, as far as a discount reads and changes it."""
    fields = {"quantity": quantity, "unit_price": Decimal(price), "decimals": decimals, "total": None}
    return SimpleNamespace(**fields, _replace=lambda **changed: SimpleNamespace(**{**fields, **changed}))


def cost_of(movement):
    price = price_of(movement.quantity, movement.unit_price, movement.decimals)
    return write(price if movement.total is None else movement.total)


def make_parts(parts):
    return [
        SoldPart(SimpleNamespace(decimals=decimals, pk=pk), each, Decimal(price))
        for pk, (each, price, decimals) in enumerate(parts)
    ]


def run_prices(line, currency):
    quantity, price, decimals = line[0], Decimal(line[1]), line[2]
    charged = find_charged_price(quantity, price, decimals, currency)
    return [write(price_of(quantity, charged, decimals)), write(charged)]


def run_discounts(lines, discount, currency):
    [[kind, number]] = discount.items()
    shared = share_discount(Discount(**{kind: Decimal(number)}), [make_line(*line) for line in lines], currency)
    return [cost_of(movement) for movement in shared]


def run_kits(price, quantity, parts, currency):
    total = Decimal(price) * quantity
    return [write(one) for one in share_total(total, make_parts(parts), quantity, currency)]


def run_sums_of_kits(parts, currency):
    return write(add_up(make_parts(parts)))


def run_shares(value, units, all, currency):
    return write(find_share(Decimal(value), units, all, currency))


def run_returns(movements, units, kits, currency):
    of_sale = {}
    for pk, (paid, quantity, before, given, _) in enumerate(movements):
        of_sale[pk] = sold.SoldMovement(pk, pk, quantity, (NOTHING, Decimal(paid)), currency, [], before)
        of_sale[pk].give(NOTHING, Decimal(given))
    if not kits:
        return [write(one.take(number).parts[1]) for one, number in zip(of_sale.values(), units, strict=True)]
    entry = SoldEntry(kits, [(pk, row[4]) for pk, row in enumerate(movements)])
    taken = sold.Sold({}, of_sale).take_of_entry(entry, units[0] // movements[0][4])
    return [write(one.parts[1]) for one in taken]


def run_lowered(price, percent, currency):
    step = 1 if get_money_decimals(currency) else 100
    return write(Decimal(price) - Discount(percent=Decimal(percent)).compute(int(Decimal(price) * 100), step) * CENT)


def run_changes(tendered, amount, tip, currency):
    return str(int(Payment(tendered=Decimal(tendered), amount=Decimal(amount), tip=Decimal(tip or 0)).change * 100))


def run_doubts(price, usual, currency):
    return bool(find_doubt(Decimal(price), Decimal(usual)))


def run_units(text, decimals, currency):
    amount = Decimal(read_goods(text.strip(), "."))
    return count_units(amount, decimals) if decimals or amount == amount.to_integral_value() else None


def run_amounts(quantity, decimals, currency):
    return write_amount(quantity, decimals)


def run_typed(text, currency):
    field = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0)
    try:
        amount = field.run_validation(read_money(text, ".", currency))
        check_decimals(amount, currency)
    except (serializers.ValidationError, ValidationError):
        return None
    return write(amount)


RUNS = [
    (globals()[f"run_{section}"], {name: case[name] for name in case if name not in ("of", "result")}, case["result"])
    for section, cases in VECTORS.items() if section != "taxes" for case in cases
]  # fmt: skip


@pytest.mark.quick
@all_cases(("run", "given", "result"), RUNS)
def test_the_server_computes_the_money_of_the_vectors(run, given, result):
    assert run(**given) == result


@pytest.mark.django_db
@all_cases("case", VECTORS["taxes"])
def test_the_server_adds_the_vat_of_the_vectors(alice, as_alice, case):
    as_alice.patch("/api/account/", {"prices_include_tax": False, "currency": case["currency"]}, format="json")
    taxes = {rate: make_tax(as_alice, rate) for rate in {rate for rate, _ in [*case["lines"], *case["before"]] if rate}}
    client = client_of(type(alice).find(alice.pk))
    lines = [
        (make_product(alice, f"P{number}", 1, price=cost, tax_id=taxes.get(rate)), 1)
        for number, (rate, cost) in enumerate([*case["before"], *case["lines"]])
    ]
    sale, earlier = sell(client, *lines), len(case["before"])

    def sum_taxes(of):
        return sum(row.tax for row in getattr(read_totals(alice.pk, [sale["id"]])[sale["id"]], of))

    if not earlier:
        assert write(sum_taxes("sold")) == case["result"]
        return
    returned(client, sale, *lines[:earlier])
    before = sum_taxes("back")
    returned(client, sale, *lines[earlier:])
    assert write(sum_taxes("back") - before) == case["result"]


@pytest.mark.quick
@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_the_till_computes_the_money_of_the_vectors(tmp_path):
    for name in ("money.js", "costs.js", "discounts.js", "kits.js"):
        shutil.copy(FOLDER / "static" / "tills" / name, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    command = ["node", FOLDER / "tests" / "money_vectors.mjs", FILE, tmp_path]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    wrong = [
        (section, case["of"], case["result"], result)
        for section, cases in VECTORS.items()
        for case, result in zip(cases, found[section], strict=True)
        if result != case["result"]
    ]
    assert wrong == []
