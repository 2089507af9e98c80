"""A closed shop is removed from a cluster, by the same exception to the ledger's immutability."""

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from stock.proofs.verification import find_breaks
from testing.cast.shops import OWNED, rows_of
from users.leaving.services import remove_portion
from users.leaving.tests.test_closing_shops import execute, make_due, remove_all
from users.models import User

pytestmark = [
    pytest.mark.skipif(not settings.DB_CITUS, reason="needs Citus: make live GROUND=citus"),
    pytest.mark.django_db(transaction=True),
]


def delete_movements(owner):
    with transaction.atomic():
        execute(f"SET LOCAL inventory.closing_account = '{owner.pk}'")
        execute("DELETE FROM stock_portion WHERE owner_id = %s", owner.pk)


def test_a_closed_shop_is_removed_and_the_neighbour_is_unchanged(world):
    owner, neighbour = (world.shops[name].owner for name in ("alice", "charlie"))
    before = rows_of(neighbour)
    make_due(owner)
    remove_all()
    assert not any(model._base_manager.filter(owner_id=owner.pk).exists() for model in OWNED)
    assert not User.objects.filter(pk=owner.pk).exists()
    assert rows_of(neighbour) == before
    assert find_breaks(neighbour.pk) == []


def test_a_shop_that_is_not_due_is_refused(world):
    owner = world.shops["alice"].owner
    assert remove_portion(owner.pk) is False
    with pytest.raises(DatabaseError, match="immutable"):
        delete_movements(owner)
