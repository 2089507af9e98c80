"""A random walk over everything that changes offers, beside a model of a few lines: nothing is lost."""

import random

import pytest

from products.models import Offer, Product
from testing.cast.offers import URL
from testing.cast.orders import make_supplier
from testing.cast.people import make_product

PLAIN = {"supplier_sku": "", "pack_size": 1, "cost_price": None, "min_packs": 1, "lead_days": None, "note": ""}
OWN = ("supplier_sku", "pack_size", "cost_price")


class Model:
    """What a product's suppliers offer. The preferred one may be archived: then the product shows none."""

    def __init__(self):
        self.offers, self.preferred, self.archived = {}, None, set()
        self.own = {**PLAIN, "cost_price": "1.00"}  # the product's own values without a supplier

    def list(self):
        live = [supplier for supplier in self.offers if supplier not in self.archived]
        return {supplier: {**self.offers[supplier], "is_preferred": supplier == self.preferred} for supplier in live}

    def move(self, new, sent):
        old = self.offers.get(self.preferred, self.own)
        shown = None if self.preferred in self.archived else self.preferred
        if new == shown:
            old.update(sent)
            return
        beside = any(old[name] != PLAIN[name] for name in PLAIN if name not in OWN)
        has_rows = beside or self.offers.keys() - {self.preferred}
        kept = {name: old[name] for name in OWN}
        if not has_rows:
            self.offers.pop(self.preferred, None)
        else:
            kept["supplier_sku"] = ""
        taken = self.offers.get(new, {**PLAIN, **kept})
        self.preferred = new
        if new is None:
            self.own = {**PLAIN, **kept, **sent}
        else:
            self.offers[new] = {**taken, **sent}


def make_terms(dice):
    terms = {
        "supplier_sku": dice.choice(["", "X-1", "Y-2"]), "pack_size": dice.randint(1, 9),
        "cost_price": dice.choice([None, "2.00", "3.50"]), "min_packs": dice.randint(1, 3),
        "lead_days": dice.choice([None, 0, 5]), "note": dice.choice(["", "Call"]),
    }  # fmt: skip
    return {name: terms[name] for name in dice.sample(list(terms), dice.randint(0, 6))}


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_nothing_is_lost(as_alice, alice, seed):  # noqa: C901, one branch for each action
    dice, model = random.Random(seed), Model()  # noqa: S311
    suppliers = [make_supplier(alice, f"S{number}").pk for number in range(5)]
    tea = make_product(alice, "Tea", cost_price="1.00")
    page = f"/api/products/{tea.pk}/"

    def send(method, address, body=None):
        response = getattr(as_alice, method)(address, body or {}, format="json")
        assert response.status_code in (200, 201, 204), (response.json(), step, action)

    for step in range(60):
        supplier, terms = dice.choice(suppliers), make_terms(dice)
        one, live = f"{URL}{tea.pk}-{supplier}/", supplier not in model.archived
        action = dice.choice(["create", "change", "prefer", "set", "set", "null", "delete", "archive", "restore"])
        if action == "create" and live and supplier not in model.offers:
            send("post", URL, {"product": tea.pk, "supplier": supplier, **terms})
            model.offers[supplier] = {**PLAIN, **terms}
        elif action == "change" and supplier in model.list():
            send("patch", one, terms)
            model.offers[supplier] = {**model.offers[supplier], **terms}
        elif action == "prefer" and supplier in model.list():
            send("post", f"{one}prefer/")
            model.move(supplier, {})
        elif action in ("set", "null") and (live or action == "null"):
            sent = {name: value for name, value in terms.items() if name in OWN}
            new = supplier if action == "set" else None
            send("patch", page, {"supplier": new, **sent})
            model.move(new, sent)
        elif action == "delete" and supplier in model.list():
            send("delete", one)
            gone = model.offers.pop(supplier)
            if supplier == model.preferred:
                model.preferred, model.own = None, {**PLAIN, "cost_price": gone["cost_price"]}
        elif action == "archive" and live:
            send("delete", f"/api/suppliers/{supplier}/")
            model.archived.add(supplier)
        elif action == "restore" and not live:
            send("post", f"/api/suppliers/{supplier}/restore/")
            model.archived.remove(supplier)
        found = {row["supplier"]: row for row in as_alice.get(URL).json()["results"]}
        shown = {pk: {name: row[name] for name in (*PLAIN, "is_preferred")} for pk, row in found.items()}
        assert shown == model.list(), (step, action)
        check_truth(model)


def check_truth(model):
    """Each value is in one place: the preferred offer's row has no column of the product, and only if it needs one."""
    product = Product.objects.get()
    present = product.supplier_id or product.kept_supplier_id
    assert present == model.preferred
    own = {name: getattr(product, name) for name in OWN} | {
        "cost_price": product.cost_price and str(product.cost_price)
    }
    expected = model.offers.get(model.preferred, model.own)
    assert own == {name: expected[name] for name in OWN}
    for row in Offer.objects.filter(supplier_id=present):
        assert all(getattr(row, name) == PLAIN[name] for name in OWN)
        assert (row.min_packs, row.lead_days, row.note) != (1, None, "")
    others = set(Offer.objects.exclude(supplier_id=present).values_list("supplier_id", flat=True))
    assert others == model.offers.keys() - {model.preferred}
