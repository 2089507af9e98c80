"""What arrived damaged moves with its delivery, also from an archive of release 1.4.0, which has no link of both."""

import pytest
from django.db import connection, transaction

from desk.takeout.importing.services import import_shop
from desk.takeout.tests.conftest import export, free_names
from stock.models import Return
from stock.proofs import sql_seals
from stock.proofs.verification import find_breaks
from testing.cast.orders import make_supplier, post, send_order
from testing.cast.people import client_of

# The seals of release 1.4.0 do not cover links.
SEALED_BY_1_4_0 = {"FORMAT": 3, "list_sealed": list, "NAMED": ""}
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("statements", [[], ["DELETE FROM stock_returned", "DELETE FROM stock_return"]])
def test_a_delivery_and_what_was_damaged_of_it_are_undone_together_in_the_new_shop(
    as_alice, alice, kettle, statements, monkeypatch
):
    order = send_order(as_alice, make_supplier(alice), kettle)
    post(as_alice, order, "receive", lines=[{"product": kettle.pk, "quantity": 5, "damaged": 2}])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the triggers refuse to delete
        for statement in statements:
            cursor.execute(statement)
    with monkeypatch.context() as patch:
        if statements:
            for name, value in SEALED_BY_1_4_0.items():
                patch.setattr(sql_seals, name, value)
        file = export(alice)
    free_names()
    owner = import_shop(file, lambda _text: None)
    link = Return.objects.get(owner=owner)
    assert link.operation_id == link.scrapped_id
    undone = client_of(owner).post(f"/api/stock/operations/{link.sale_id}/reverse/", {}).json()
    assert (undone["movements"][0]["new_quantity"], find_breaks(owner.pk)) == (10, [])
