"""The records of the walks, and two runs of the tests of the five published READMEs.

These run unchanged, and in a shop whose whole stock is in lots.
"""

from collections.abc import Callable
from typing import Any

import pytest

from products.models import Product
from stock.booking import drafting
from stock.booking.holdings import Place
from stock.models import Location, Lot, MovementType
from testing.cast.shops import World
from testing.laws.record import Record, keep_records


def pytest_generate_tests(metafunc: Any) -> None:
    if metafunc.module.__name__.rpartition(".")[2].startswith("test_readme_r"):
        metafunc.parametrize("all_in_lots", [False, True], indirect=True, ids=["not-placed", "in-lots"])


@pytest.fixture(autouse=True)
def all_in_lots(request: Any, monkeypatch: Any) -> bool:
    """Put all stock that comes in without a place into a lot on a shelf, if the test is parametrised to do so."""
    if not getattr(request, "param", False):
        return False
    draft_movement = drafting.draft_movement

    def draft_on_shelf(
        balance: Any,
        movement_type: str,
        quantity: int,
        reason: str,
        place: Place | None = None,
        *more: Any,
        **named: Any,
    ) -> Any:
        if movement_type == MovementType.IN and place is None:
            place = make_place(balance.product_id)
        return draft_movement(balance, movement_type, quantity, reason, place, *more, **named)

    monkeypatch.setattr(drafting, "draft_movement", draft_on_shelf)
    return True


def make_place(product_id: int) -> Place:
    """Return a lot of the product on the shelf of its shop. Create both if they do not exist."""
    product = Product.objects.get(pk=product_id)
    shelf, _ = Location.objects.get_or_create(owner_id=product.owner_id, name="Shelf")
    lot, _ = Lot.objects.get_or_create(owner_id=product.owner_id, product=product, code="A")
    return Place(shelf.pk, shelf.name, lot.pk, lot.code)


@pytest.fixture(scope="module")
def record(shared_world: World) -> Callable[[str], Record]:
    """Return a function that returns the record of a role. All tests of a module share the responses."""
    return keep_records(shared_world)
