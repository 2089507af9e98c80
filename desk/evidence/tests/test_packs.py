"""What a pack has, and that the same request gives the same bytes."""

import pytest

from desk.evidence.tests.conftest import ask, read, write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.check]


def test_a_pack_has_the_stock(alice, kettle):
    pack = write(ask(alice))
    assert read(pack, "inventory.csv").splitlines()[1:] == [f"{kettle.pk},Kettle,,,,,,,,,,10,10,0.0000,0.00"]
