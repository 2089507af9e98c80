"""Rows of a shop beside the first ones of testing/cast/shops.py, with the values that those do not have.

So a rule for zero, for none, for what is archived or undone, or for the second row has rows in the tests of the world.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from products.models import Category, CustomField, Group, Product, Tax
from products.offers.services import create_offer
from stock.models import Location
from suppliers.models import Supplier
from testing.cast.people import client_of, make_key
from trade.purchasing.models import PriceList
from users.models import ApiKey, EventKind, SecurityEvent, User


def add_second_rows(word: str, number: int, owner: User, worker: User) -> None:
    """Add them to the shop. Texts have its word, and amounts are zero or have its number."""
    now = timezone.now()
    owned, archived = {"owner": owner}, {"owner": owner, "archived_at": now, "name": f"{word} former"}
    for model, fields in ((Category, {}), (Group, {"axes": ["size"]}), (Location, {}), (Tax, {"rate": 0})):
        model._default_manager.create(**archived, **fields)
    CustomField.objects.create(key=f"{word}_number", label=f"{word} number", type="number", position=1, **owned)
    supplier = Supplier.objects.create(name=f"{word} next door", lead_days=0, **owned)
    texts = {"made_by": owner, "made_by_username": word, "file_name": f"{word}.csv"}
    PriceList.objects.create(supplier=supplier, number=1, rows=0, undone_at=now, **texts, **owned)
    ApiKey.objects.filter(pk=make_key(worker, f"{word} former")[0].pk).update(revoked_at=now, last_used_at=now)
    for user, actor in ((worker, owner), (owner, worker)):
        event = {"kind": EventKind.ROLE_CHANGED, "address": word}
        SecurityEvent.objects.create(user=user, actor=actor, account=owner, **event)
    add_bookings(word, Decimal(number) / 100, owner, supplier)


def add_bookings(word: str, price: Decimal, owner: User, supplier: Supplier) -> None:
    """Book a product without stock, one by the gram and one that is sold out. Order one, and sell kits of them."""
    client, now = client_of(owner), timezone.now()

    def post(address: str, **body: Any) -> Any:
        answer = client.post(f"/api/{address}/", body)
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    texts = {"note": f"{word} second", "reference": f"{word} second"}
    visit = post("products", name=f"{word} visit", price="0.00", keeps_stock=False)["id"]
    loose = post("products", name=f"{word} loose", price=f"{price}", decimals=3, min_threshold=0)["id"]
    empty = post("products", name=f"{word} empty", price=f"{price}", cost_price="0.00")["id"]
    create_offer(by=owner, product=Product.objects.get(pk=loose), supplier=supplier, cost_price=price, lead_days=0)
    ordered = [{"product": empty, "quantity": 1, "unit_cost": "0.00"}]
    order = post("purchase-orders", supplier=supplier.pk, lines=ordered, **texts)["id"]
    for verb in ("send", "close"):
        post(f"purchase-orders/{order}/{verb}")
    some = {"product": loose, "quantity": 2}
    for reason, days, cost, quantity in (("purchase", 3, price + 1, 2000), ("other", 2, 0, 2)):
        came = {"movement_type": "IN", "reason": reason, "occurred_at": (now - timedelta(days=days)).isoformat()}
        post("stock", product=empty, quantity=2, **came, **texts)
        post("stock", product=loose, quantity=quantity, unit_cost=f"{cost:.2f}", **came, **texts)
    cellar = Location.objects.filter(owner=owner, archived_at=None).first()
    moved = {"from": None, "to": cellar and cellar.pk, "lines": [{"product": empty, "quantity": 1}]}
    post("stock/transfers", **moved, **texts)
    post("stock", product=empty, quantity=3, movement_type="OUT", reason="theft", **texts)
    post("stock/counts", lines=[{"product": empty, "counted": 0}], **texts)
    sold = [
        {"movement_type": "OUT", **line}
        for line in ({"product": loose, "quantity": 200}, {"product": visit, "quantity": 1})
    ]
    paid = [{"kind": "card", "amount": "0.01", "tip": f"{price}"}, {"kind": "cash", "tendered": f"{price}"}]
    sale = {"lines": sold, "discount": {"percent": "5"}, "payments": paid, **texts}
    post("stock/operations", reason="sale", occurred_at=(now - timedelta(days=1)).isoformat(), **sale)
    wanted = {"wanted_on": f"{now:%Y-%m-%d}", "expires_in": 7 * 86_400, **texts}
    post("stock/reservations", lines=[{**some, "quantity": 1, "unit_price": "0.00"}], **wanted)
    parts = [{"product": visit, "quantity": 1}, {"product": loose, "quantity": 1}]
    for name, own in (("free", "0.00"), ("usual", None)):
        kit = post("kits", name=f"{word} {name}", price=own, parts=parts)["id"]
        if own:
            post(
                "stock/operations", reason="sale", lines=[{"movement_type": "OUT", "kit": kit, "quantity": 1}], **texts
            )
