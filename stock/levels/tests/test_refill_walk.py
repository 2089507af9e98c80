"""A random shop: suggestions never exceed what is there, and what is moved is no longer low."""

import os
from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from stock.levels.models import Level
from stock.levels.tests.leveled import REPORT, refill_from, stock
from stock.models import Location, Lot
from testing.cast.places import put_away

pytestmark = pytest.mark.django_db
PLACES, ROUNDS = 5, 3
NOWHERE = "none"


class Shop:
    """The shop as the report should see it. Quantities are in base units, by product and place."""

    def __init__(self, owner, client, products, random):
        self.owner, self.client, self.random = owner, client, random
        self.places = [Location.objects.create(owner=owner, name=f"Place {n}") for n in range(PLACES)]
        self.sources = {}
        for number, place in enumerate(self.places[1:], 1):
            source = random.choice([*self.places[:number], NOWHERE])
            refill_from(owner, place, source)
            self.sources[place.pk] = getattr(source, "pk", source)
        self.lying, self.levels, self.decimals = Counter(), {}, {}
        for number in range(products):
            self.add(number)
        Level.objects.bulk_create(
            Level(owner=owner, location_id=place, product_id=pk, low_at=low, fill_to=to)
            for (pk, place), (low, to) in self.levels.items()
        )

    def add(self, number):
        random = self.random
        decimals, rest = random.choice((0, 0, 3)), random.randint(0, 30)
        product = stock(self.owner, f"Goods {number}", rest=rest + 60 * PLACES, decimals=decimals)
        self.decimals[product.pk] = decimals
        unheld = rest + 60 * PLACES
        old = Lot.objects.create(owner=self.owner, product=product, code="old", expires_on=find_yesterday(self.owner))
        for place in self.places:
            for lot in (None, old):
                if quantity := random.choice((0, 0, random.randint(1, 30))):
                    put_away(product, quantity, location=place, lot=lot)
                    unheld -= quantity
                    self.lying[product.pk, place.pk] += 0 if lot else quantity
            if random.random() < 0.7:
                low = random.randint(0, 20)
                self.levels[product.pk, place.pk] = low, low + random.randint(1, 30)
        self.lying[product.pk, NOWHERE] = unheld

    def spare(self, product, source):
        own = self.levels.get((product, source), (0, 0))[0]
        return max(self.lying[product, source] - own, 0)

    def expect(self):
        """Return what the report has to suggest, by product and place. None is a place without a source."""
        low = [(pk, place) for (pk, place), (at, _) in self.levels.items() if self.lying[pk, place] <= at]
        low.sort(key=lambda one: (Fraction(self.lying[one], max(self.levels[one][0], 1)), one[1]))
        left, found = {}, {}
        for pk, place in low:
            source = self.sources.get(place)
            needed = self.levels[pk, place][1] - self.lying[pk, place]
            spare = left.setdefault((pk, source), self.spare(pk, source)) if source else 0
            left[pk, source] = spare - min(needed, spare)
            found[pk, place] = min(needed, spare) if source else None
        return found

    def read(self):
        rows, address = [], f"{REPORT}?page_size=100"
        while address:
            page = self.client.get(address).json()
            rows, address = rows + page["results"], page["next"]
        return rows

    def count(self, product, amount):
        return None if amount is None else int(Decimal(amount).scaleb(self.decimals[product]))

    def move(self, rows):
        """Move what the report suggests, as the page does: a transfer for each pair of places."""
        pairs = defaultdict(list)
        for row in rows:
            if quantity := self.count(row["product"], row["suggested"]):
                pairs[row["from"], row["location"]].append({"product": row["product"], "quantity": quantity})
        for (source, target), lines in pairs.items():
            body = {"from": None if source == NOWHERE else source, "to": target, "lines": lines}
            answer = self.client.post("/api/stock/transfers/", body, format="json")
            assert answer.status_code == 201, answer.json()
            for line in lines:
                self.lying[line["product"], source] -= line["quantity"]
                self.lying[line["product"], target] += line["quantity"]

    def sell(self):
        """Sell some of what lies at the places."""
        some = [key for key, quantity in sorted(self.lying.items(), key=str) if quantity > 0 and key[1] != NOWHERE]
        for pk, place in self.random.sample(some, len(some) // 2):
            quantity = self.random.randint(1, self.lying[pk, place])
            line = {"product": pk, "movement_type": "OUT", "quantity": quantity, "location": place}
            answer = self.client.post("/api/stock/operations/", {"lines": [line]}, format="json")
            assert answer.status_code == 201, answer.json()
            [movement] = answer.json()["movements"]
            old = sum(part["quantity"] for part in movement["portions"] if part["lot"])
            self.lying[pk, place] -= quantity - old


def find_yesterday(owner):
    return owner.shop_today() - timedelta(days=1)


@pytest.mark.parametrize("products", [20, pytest.param(300, marks=pytest.mark.long)])
def test_what_is_suggested_is_there_and_mends_what_is_low(alice, as_alice, products):
    shop = Shop(alice, as_alice, products, Random(int(os.environ.get("WALK_SEED", "1"))))  # noqa: S311
    for _round in range(ROUNDS):
        rows = shop.read()
        found = {(row["product"], row["location"]): shop.count(row["product"], row["suggested"]) for row in rows}
        assert found == shop.expect()
        promised = Counter()
        for row in rows:
            promised[row["product"], row["from"]] += shop.count(row["product"], row["suggested"]) or 0
            if row["from"]:
                spare = shop.spare(row["product"], row["from"])
                assert shop.count(row["product"], row["there"]) == spare
                assert promised[row["product"], row["from"]] <= spare
        shop.move(rows)
        still = {(row["product"], row["location"]) for row in shop.read()}
        for row in rows:
            if Decimal(row["short"]) == 0:  # it had enough at its source
                assert (row["product"], row["location"]) not in still
        for pk, place in still - found.keys():  # a source may end at its own low_at
            assert shop.lying[pk, place] == shop.levels[pk, place][0]
        shop.sell()
