"""A random walk that takes sales back in all ways at once, until nothing is left. `WALK_STEPS=500` walks 500 sales."""

import json
import os
import random
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.staticfiles import finders

from products.models import Product
from stock.booking.drafts import NOTHING, divide
from stock.models import Operation
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product
from testing.cast.tills import Device
from trade.kits.tests.kits import make_kit
from trade.selling import returns
from trade.selling.payments.money import read_worth
from trade.selling.payments.pay_pages import read_worths
from trade.selling.sold import Taken
from trade.selling.tests.test_returns import buy, get, undo
from trade.selling.tests.test_sold import make_tax
from users.models import User

SALES = int(os.environ.get("WALK_STEPS", "8"))
SEED = int(os.environ.get("WALK_SEED", "1"))
AMOUNTS = ("0.00", "0.01", "1.00", "9.99", "10.00", "30.00")
WAYS = ("till", "till", "product", "line", "line", "kit", "undo", "again")
TAKE_LINE = returns.take_line


def take_line_as_1_3_0(locked, sale, sold, line):
    """Return what a line takes back of a product, at its share of the value of all pieces."""
    taken = TAKE_LINE(locked, sale, sold, line)
    own = sold.products[taken[0].movement.product_id]
    value, all_units = sum(one.whole[0] for one in own.movements), sum(one.quantity for one in own.movements)
    quantity = sum(one.quantity for one in taken)
    until, before = (divide(value, units, all_units) for units in (own.unnamed + quantity, own.unnamed))
    return [Taken(taken[0].movement, quantity, [until - before, NOTHING])]


class Walk:
    """Sales of a shop, and their returns. `offers` are the amounts that the page Return shows, and those booked."""

    def __init__(self, user: User, *, is_net: bool) -> None:
        client_of(user).patch("/api/account/", {"prices_include_tax": not is_net})
        self.random, self.user = random.Random(SEED + is_net), User.find(user.pk)  # noqa: S311
        self.client, self.device, self.number, self.offers = client_of(self.user), Device(self.user), 0, []
        rates = [make_tax(self.client, "7"), make_tax(self.client, "19"), None]
        self.products = [make_product(user, f"P{place}", price="3.33", tax_id=rate) for place, rate in enumerate(rates)]
        for product in self.products:
            buy(self.client, product, 5000, "0.07")
            buy(self.client, product, 5000, "3.33")
        first, second, _ = self.products
        self.kit = make_kit(user, "Kit", {first.pk: 2, second.pk: 1}, price="19.99")["id"]

    def sell(self) -> Any:
        goods = [{"product": product.pk} for product in self.products] + [{"kit": self.kit}]
        lines = [
            {**self.random.choice(goods), "quantity": self.random.randint(1, 3), "total": self.random.choice(AMOUNTS)}
            for _ in range(self.random.randint(2, 5))
        ]
        body = {"lines": [{"movement_type": "OUT", **line} for line in lines]}
        response = self.client.post("/api/stock/operations/", body)
        assert response.status_code == 201, response.json()
        return response.json()

    def post(self, sale: Any, lines: Any = None, *, by_till: bool = False) -> Any:
        """Return the response of a return of these lines, or of all that is left."""
        address, body = f"/api/stock/operations/{sale['id']}/return/", {"lines": lines} if lines else {}
        if not by_till:
            return self.client.post(address, body)
        self.number += 1
        body["reference"] = f"{self.device.till.numbered_name} #{self.number}"
        return self.device.client.post(address, body, headers={"Idempotency-Key": self.device.key(self.number)})

    def post_as_1_3_0(self, sale: Any) -> None:
        line = {"product": self.random.choice(sale["movements"])["product"], "quantity": 1}
        with (
            patch.object(returns, "take_line", take_line_as_1_3_0),
            patch("trade.selling.services.is_shared", return_value=True),
        ):
            self.post(sale, [line])

    def post_offered(self, sale: Any, lines: Any, left: Any) -> None:
        """Take these lines of the page back, or all that is left of the sale, and note what the page offers."""
        worths, before = read_worths(self.user, Operation.objects.get(pk=sale["id"]))
        shown = [
            {"units": units, "worths": " ".join(worths[pk] for pk in reversed(places)), **dict(*of_kit)}
            for units, places, *of_kit in left
        ]
        response = self.post(sale, lines)
        assert response.status_code == 201, response.json()
        self.offers.append((shown, before, str(read_worth(self.user.pk, sale["id"], response.json()["id"]))))

    def post_kit(self, sale: Any, shown: Any) -> None:
        """Take back whole kits of an entry, as a line of the page does, or one that is not whole, which is refused."""
        entry = self.random.randrange(len(shown["kits"])) if shown["kits"] else 0
        own = [one for one in shown["return_lines"] if one["kit"] and one["entry"] == entry]
        sold = {one["id"]: one["quantity"] for one in shown["movements"]}
        each = [sold[one["movement"]] // shown["kits"][entry]["quantity"] for one in own]
        whole = min((one["quantity"] // size for one, size in zip(own, each, strict=True)), default=0)
        if len(own) < 2 or not whole:
            self.post(sale, [{"kit": self.kit, "quantity": 1, "entry": entry}])
            return
        line = {"kit": self.kit, "entry": entry, "quantity": self.random.randint(1, whole)}
        offered = {"each": " ".join(map(str, each)), "number": shown["kits"][entry]["quantity"]}
        self.post_offered(sale, [line], [(line["quantity"], [one["movement"] for one in own][::-1], offered)])

    def post_all(self, sale: Any) -> None:
        left = [
            (sum(one["quantity"] for one in own), [one["movement"] for one in own])
            for own in self.list_left(sale).values()
        ]
        self.post_offered(sale, None, left)

    def list_left(self, sale: Any) -> dict[int, list[Any]]:
        left: dict[int, list[Any]] = {}
        for one in get(self.client, sale)["return_lines"]:
            left.setdefault(one["product"], []).append(one)
        return left

    def step(self, sale: Any) -> None:
        """Take something back in one way, or undo a return, or do it again. Both may be refused."""
        shown = get(self.client, sale)
        one, way = self.random.choice(shown["return_lines"]), self.random.choice(WAYS)
        quantity = self.random.choice([1, one["quantity"]])
        of_product = {"product": one["product"], "quantity": quantity}
        if way in ("undo", "again") and shown["returned_by"]:
            undone = undo(self.client, {"id": self.random.choice(shown["returned_by"])}).json()
            if way == "again" and "id" in undone:
                undo(self.client, undone)
        elif way == "kit":
            self.post_kit(sale, shown)
        elif way == "till":
            assert self.post(sale, [of_product], by_till=True).status_code == 201
        elif way == "product":
            own = [line["movement"] for line in shown["return_lines"] if line["product"] == one["product"]]
            self.post_offered(sale, [of_product], [(quantity, own)])
        else:
            self.post_offered(
                sale, [{"movement": one["movement"], "quantity": quantity}], [(quantity, [one["movement"]])]
            )

    def check(self, sale: Any) -> bool:
        """Check that what came back and what is left are what was sold. Return whether something is left."""
        left = get(self.client, sale)["return_lines"]
        worths, before = read_worths(self.user, Operation.objects.get(pk=sale["id"]))
        money = self.client.get(f"/api/sales/{sale['id']}/").json()
        rest = Decimal(money["total"]) - Decimal(money["returned"])
        assert rest >= 0
        assert all(line["total_left"] == worths[line["movement"]].split("/")[4] for line in left)
        if not before:
            assert rest == sum(Decimal(line["total_left"]) for line in left)
        return bool(left)


# Prints the amounts that the script of the page Return shows. It finds the scripts of the till beside those of pages.
SHOWN = """
import { readFileSync } from "node:fs";
import { sumBack } from "./shop/back.js";
import { setFormat, toAmount } from "./tills/money.js";
setFormat(".", "EUR", false);
const rows = JSON.parse(readFileSync(0));
console.log(JSON.stringify(rows.map(([lines, before]) => toAmount(sumBack(lines, before)))));
"""


def read_shown(offers: list[Any], folder: Path) -> list[str]:
    """Return the amounts that the page shows for these offers."""
    for name in ("shop", "tills"):
        shutil.copytree(
            Path(finders.find(f"{name}/till.css" if name == "tills" else "shop/back.js")).parent, folder / name
        )
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "shown.js").write_text(SHOWN)
    done = subprocess.run(
        ["node", "shown.js"], cwd=folder, input=json.dumps(offers), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("is_net", [False, True])
def test_all_that_came_back_in_any_way_is_all_that_was_sold(alice, is_net, tmp_path):
    walk = Walk(alice, is_net=is_net)
    values = list_values(alice)
    for _ in range(SALES):
        sale = walk.sell()
        for _ in range(walk.random.randint(0, 2)):
            walk.post_as_1_3_0(sale)
        for _ in range(walk.random.randint(2, 9)):
            if walk.check(sale):
                walk.step(sale)
        if walk.check(sale):
            walk.post_all(sale)
        assert not walk.check(sale)
        assert list_values(alice) == values
    assert find_breaks(alice.pk) == []
    if shutil.which("node"):
        assert read_shown(walk.offers, tmp_path) == [booked for *_, booked in walk.offers]


def list_values(user):
    return [*Product.objects.filter(owner=user).order_by("pk").values_list("quantity", "stock_value")]
