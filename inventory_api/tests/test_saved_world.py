"""A world that is loaded equals one that is created: testing/cast/saved_world.py."""

from django.db import transaction

from testing.cast.people import make_product
from testing.cast.saved_world import load_world
from testing.cast.shops import rows_of
from testing.deferred import check_deferred_constraints


def test_each_world_has_the_same_rows_and_new_rows_have_other_ids(db):
    """The first world may be created by this test. The second one is loaded."""
    worlds = []
    for _ in range(2):
        with transaction.atomic():
            world = load_world()
            worlds.append([rows_of(shop.owner) for shop in world.shops.values()])
            make_product(world.users["alice"], quantity=1)
            check_deferred_constraints()
            transaction.set_rollback(True)
    assert worlds[0] == worlds[1]
    assert len(worlds[0][0]["stock.Movement"]) > 5
