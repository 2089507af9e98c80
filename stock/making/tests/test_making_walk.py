"""A random walk over makings, takings apart and their reversals agrees with a small model."""

import pytest

from stock.making.tests.walking import MakingWalk
from stock.proofs.verification import verify_ledger


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_a_random_walk_of_makings_keeps_the_value_to_the_cent(alice, seed):
    walk = MakingWalk(alice, seed)
    steps = [walk.receive, walk.sell_one, walk.make, walk.take_apart, walk.undo_making, walk.undo_making]
    for _ in range(160):
        walk.chance.choice(steps)()
        walk.check()
    assert verify_ledger(alice)["broken"] == []
    assert min(walk.outcomes[True], walk.outcomes[False]) > 8
    assert any(times for times, _ in walk.makings.values())
