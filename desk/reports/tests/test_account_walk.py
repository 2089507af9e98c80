"""A random year of bookings: the account of the stock closes to the cent, and agrees with a model in Python."""

import io
import os
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from core.errors import DomainError
from desk.reports.reading.account import AMOUNTS, GROUPS, KEYS, LINES, ROWS, build_account
from desk.reports.reading.statements import Statement
from products.filing.files import open_rows
from products.models import Category, Product
from stock.booking import services
from stock.booking.drafts import BookingLine, CountLine, OperationDraft, PartLine, ProductReference, TransferLine, by_id
from stock.goods.services import archive_product, change_product, restore_product
from stock.importing.services import import_products
from stock.making.services import MakingDraft, make
from stock.making.tests.recipes import write_recipe
from stock.models import Movement, Operation
from testing.cast.people import make_location, make_product
from trade.kits.services import create_kit
from trade.selling import services as selling
from trade.selling.drafts import ReturnLine
from trade.selling.services import sell, take_back

pytestmark = [pytest.mark.django_db(transaction=True)]  # each step commits: see test_cost_walk.py

STEPS = int(os.environ.get("WALK_STEPS", "400"))  # 5,000 are a year
SEED = int(os.environ.get("WALK_SEED", "1"))
YEAR = timedelta(days=365)
CLOCKS = ("occurred_at", "created_at")
COSTS = (None, "0.03", "1.00", "7.77", None, "19.99", "0.33", "2.50")


@dataclass
class Booked:
    """An operation in the model: its times, what it was by the walk, what it reverses, and its movements."""

    occurred_at: datetime
    created_at: datetime
    line: str
    reverses: int | None
    movements: list[tuple[int, Decimal]]  # the product, and the value with its sign


class Year:
    """Books at random, a part of it late, and remembers which line each operation belongs to."""

    def __init__(self, user):
        self.user, self.chance = user, random.Random(SEED)  # noqa: S311, not for cryptography
        self.booked: dict[int, Booked] = {}
        self.refused: Counter[str] = Counter()
        self.categories = [Category.objects.create(owner=user, name=name) for name in ("Tea", "Pots", "Archive")]
        products = [
            make_product(
                user, f"P{n}", n * 5, sku=f"P{n}", decimals=n % 4, cost_price=cost, category=self.choose_category()
            )
            for n, cost in enumerate(COSTS)
        ]
        work = make_product(user, "Work", keeps_stock=False, cost_price="0.45")
        self.products, self.work = [product.pk for product in products], work.pk
        self.places = [None, make_location(user, "Shelf").pk]
        for number in (5, 6, 7):  # so that nothing is made of itself
            write_recipe(user, products[number], 1, {products[number - 5]: 2, products[number - 4]: 1, work: 1})
        self.wholes = self.products[5:]
        parts = [PartLine(by_id(pk), 1) for pk in [*self.products[:2], self.work]]
        self.kit = create_kit(by=user, name="Set", price=Decimal(9), parts=parts).pk
        self.archived: set[int] = set()
        self.remember("opened")

    # --- Steps ------------------------------------------------------------------------------------

    def walk(self, steps):
        for _ in range(steps):
            line = self.chance.choice(STEPS_OF_WALK)
            try:
                getattr(self, f"do_{line}")()
            except DomainError as error:
                self.refused[f"{line} {type(error).__name__}"] += 1
            self.remember(line)

    def remember(self, line):
        """Add the new operations to the model. The scrap of a return is a loss, and an import opens products, too."""
        last = max(self.booked, default=0)
        movements = defaultdict(list)
        for one in Movement.objects.filter(operation_id__gt=last):
            value = one.value if one.movement_type == "IN" else -one.value
            movements[one.operation_id].append((one.product_id, value))
        for number, one in enumerate(Operation.objects.filter(pk__gt=last).order_by("pk")):
            own = "lost" if number and line == "came_back" else line
            self.booked[one.pk] = Booked(one.occurred_at, one.created_at, own, one.reverses_id, movements[one.pk])

    def draft(self, reason, most=0.3):
        """Return a draft with this reason, at a random time of the year or now."""
        late = self.chance.random() < most
        when = datetime.now(UTC) - YEAR * self.chance.random() if late else None
        return OperationDraft(by=self.user, reason=reason, occurred_at=when)

    def choose_category(self):
        return self.chance.choice([*self.categories, None])

    def book(self, reason, movement_type, most=9, products=None, **cost):
        lines = [
            BookingLine(by_id(self.chance.choice(products or self.products)), movement_type, quantity, **cost)
            for quantity in (self.chance.randint(1, most),)
            for _ in range(self.chance.randint(1, 3))
        ]  # fmt: skip
        selling.book(draft=self.draft(reason), lines=lines)

    def do_bought(self):
        cost = self.chance.choice([None, Decimal(self.chance.randint(0, 3000)) / 100])
        self.book("purchase", "IN", 60, [*self.products, self.work], cost=cost)

    def do_cost_of_sales(self):
        kit = ProductReference("kit", self.kit)
        lines = [BookingLine(self.chance.choice([kit, *map(by_id, self.products)]), "OUT", self.chance.randint(1, 7))]
        sell(draft=self.draft("sale"), lines=lines)

    def give_back(self, line):
        of_line = [pk for pk, one in self.booked.items() if one.line == line and not one.reverses][-40:]
        if not of_line:
            return
        found = Operation.objects.get(pk=self.chance.choice(of_line))
        product, _ = self.chance.choice(self.booked[found.pk].movements)
        is_scrapped = line != "bought" and self.chance.random() < 0.3
        lines = [ReturnLine(by_id(product), self.chance.randint(1, 5), is_scrapped)]
        between = found.occurred_at + (datetime.now(UTC) - found.occurred_at) * self.chance.random()
        take_back(by=self.user, sale=found, lines=lines, occurred_at=self.chance.choice([None, between]))

    def do_came_back(self):
        self.give_back("cost_of_sales")

    def do_went_back(self):
        self.give_back("bought")

    def do_lost(self):
        self.book(self.chance.choice(["damage", "theft", "expiry"]), "OUT", 4)

    def do_corrected(self):
        self.book("correction", self.chance.choice(["IN", "OUT"]))

    def do_other(self):
        self.book("other", self.chance.choice(["IN", "OUT"]))

    def do_counts(self):
        lines = [CountLine(by_id(pk), self.chance.randint(0, 40)) for pk in self.chance.sample(self.products, 2)]
        services.count_stock(draft=OperationDraft(by=self.user, reason="count"), lines=lines)

    def do_transfer(self):
        source, target = self.chance.sample(self.places, 2)
        lines = [TransferLine(by_id(self.chance.choice(self.products)), self.chance.randint(1, 9))]
        services.transfer(draft=self.draft("transfer"), source=source, target=target, lines=lines)

    def do_making(self):
        whole, apart = by_id(self.chance.choice(self.wholes)), self.chance.random() < 0.3
        make(draft=self.draft("making"), making=MakingDraft(whole, self.chance.randint(1, 3), apart))

    def do_imported(self):
        skus = [*self.chance.sample([f"P{n}" for n in range(len(COSTS))], 3), f"New{self.chance.randint(1, 9)}"]
        rows = "".join(f"{sku},{sku},3.00,2.20,{self.chance.randint(0, 50)}\n" for sku in skus)
        file = io.BytesIO(f"sku,name,price,cost_price,quantity\n{rows}".encode())
        import_products(by=self.user, open_file=partial(open_rows, file, owner_id=self.user.pk))

    def do_reversal(self):
        """Reverse one of the last operations, often a reversal, or any one of the year."""
        reversals = [pk for pk, one in self.booked.items() if one.reverses][-5:]
        bought = [pk for pk, one in self.booked.items() if one.line == "bought"][-15:]
        chosen = self.chance.choice(
            [reversals or bought, bought or [*self.booked], [*self.booked][-30:], [*self.booked]]
        )
        operation = Operation.objects.get(pk=self.chance.choice(chosen))
        selling.reverse_operation(by=self.user, operation=operation)

    def do_nothing(self):
        """Change no stock: archive a product, bring all others back, or give a product another category."""
        for pk in self.archived:
            restore_product(by=self.user, product_id=pk)
        self.archived = set()
        pk = self.chance.choice(self.products)
        change_product(by=self.user, product_id=pk, category=self.choose_category())
        if self.chance.random() < 0.5:
            archive_product(by=self.user, product_id=pk)
            self.archived = {pk}

    # --- The model --------------------------------------------------------------------------------

    def compute(self, start, end, clock, until):
        """Return the amounts of each product, by adding up all operations from the first one on."""

        def is_in(booked):
            return (
                booked.created_at <= until
                and (start is None or getattr(booked, clock) >= start)
                and (getattr(booked, clock) < end)
            )

        account: dict[int, Any] = defaultdict(Counter)
        for booked in self.booked.values():
            is_before = start is not None and getattr(booked, clock) < start and booked.created_at <= until
            first, sign = booked, 1
            while first.reverses:
                first, sign = self.booked[first.reverses], -sign
            for product, value in booked.movements:
                account[product]["closing"] += value if is_in(booked) or is_before else 0
                account[product]["opening"] += value if is_before else 0
                if is_in(booked) and booked.reverses:
                    account[product]["rounding" if is_in(first) else "reversed"] += value
            if is_in(booked) and is_in(first):
                for product, line, value in name_lines(first):
                    account[product][line] += sign * value
                    account[product]["rounding"] -= sign * value if booked.reverses else 0
        return account


def name_lines(booked):
    """Yield the product, the line and the value of each movement. What passes without stock adds nothing to makings."""
    net = Counter(product for product, _ in booked.movements)
    for product, value in booked.movements:
        if booked.line == "transfer":
            yield product, "other", value
        elif booked.line != "making":
            yield product, booked.line, value
        elif net[product] == 1:
            yield product, "made" if value > 0 else "used", value


STEPS_OF_WALK = [
    *["bought", "cost_of_sales"] * 4, *["making", "reversal"] * 3, *["came_back", "went_back", "lost", "counts"] * 2,
    "corrected", "other", "transfer", "imported", "nothing",
]  # fmt: skip


def read_amounts(owner_id, start, end, clock, recorded_until, by="category"):
    """Return the account of what belongs to the time from `start`, or from the first booking, up to before `end`.

    What was recorded after `recorded_until` is left out.
    """
    parameters = {"owner": owner_id, "start": start or "-infinity", "end": end, "until": recorded_until}
    statement = build_account(clock, has_until=True) + ROWS.format(keys=KEYS[by], group=GROUPS[by])
    rows = Statement(statement, parameters).fetch_rows(1000)
    return {row["product"] or row["category"]: row for row in rows}


def keep_amounts(row):
    return {name: row[name] for name in AMOUNTS if row[name]}


def test_the_account_of_a_random_year_closes_to_the_cent(alice):
    year = Year(alice)
    year.walk(STEPS)
    chance, now = year.chance, datetime.now(UTC) + timedelta(seconds=1)
    recorded = [booked.created_at for booked in year.booked.values()]
    categories = dict(Product.objects.values_list("pk", "category_id"))
    seen: Counter[str] = Counter()
    for clock in CLOCKS:
        times = sorted(getattr(booked, clock) for booked in year.booked.values())
        borders = [None, *sorted(chance.sample(times, 5)), now]  # exactly at operations, which begin a period
        for until in (now, *chance.sample(recorded, 2)):
            accounts = []
            for start, end in [*pairwise(borders), (borders[1], now), (None, now)]:
                expected = year.compute(start, end, clock, until)
                by_product = read_amounts(alice.pk, start, end, clock, until, "product")
                by_category = read_amounts(alice.pk, start, end, clock, until)
                for pk, row in by_product.items():
                    assert keep_amounts(row) == keep_amounts(Counter(expected[pk])), pk
                    assert row["opening"] + sum(row[line] for line in LINES) == row["closing"]
                assert not any(any(amounts.values()) for pk, amounts in expected.items() if pk not in by_product)
                for category, row in by_category.items():
                    own = [one for pk, one in by_product.items() if categories[pk] == category]
                    assert keep_amounts(row) == keep_amounts({name: sum(one[name] for one in own) for name in AMOUNTS})
                [total] = {tuple(row[f"in_all_{name}"] for name in AMOUNTS) for row in by_category.values()} or [()]
                accounts.append(dict(zip(AMOUNTS, total, strict=bool(total))))
                seen.update(name for name, amount in accounts[-1].items() if amount)
            check_following(accounts[:-2], accounts[-1])
    assert sum(year.refused.values()) < STEPS / 2
    if STEPS >= 400:
        assert {*AMOUNTS} - {*seen} == set()


def check_following(parts, whole):
    """Check that accounts of periods that follow each other agree with that of all of them.

    A reversal of something in an earlier part is `reversed` in its part, and counts for the line in the whole.
    """
    parts = [part for part in parts if part]
    assert parts[0]["opening"] == whole["opening"] == 0
    assert [one["closing"] for one in parts[:-1]] == [one["opening"] for one in parts[1:]]
    assert parts[-1]["closing"] == whole["closing"]
    assert sum(sum(part[line] for line in LINES) for part in parts) == sum(whole[line] for line in LINES)
