"""Put stock at places for tests."""

from django.db import connection

from stock.models import Holding, Movement, Portion

HOLD = "UPDATE products_product SET held = held + %(quantity)s WHERE owner_id = %(owner)s AND id = %(product)s"
PORTION = """
INSERT INTO stock_portion (owner_id, movement_id, product_id, location_id, lot_id, quantity)
VALUES (%(owner)s, %(movement)s, %(product)s, %(location)s, %(lot)s, %(quantity)s) RETURNING id
"""


def put_away(product, quantity, *, location=None, lot=None):
    """Write that this quantity of the product's first movement was added to this location, this lot, or both.

    Return the holding and the portion, which are written as stock.booking.services writes them.
    """
    movement = Movement.objects.filter(owner_id=product.owner_id, product=product).earliest("sequence")
    place = {"location": location and location.pk, "lot": lot and lot.pk, "quantity": quantity}
    values = {**place, "owner": product.owner_id, "product": product.pk, "movement": movement.pk}
    with connection.cursor() as cursor:
        cursor.execute(HOLD, values)
        cursor.execute(PORTION, values)
        portion = Portion.objects.get(pk=cursor.fetchone()[0])
    holding = {"location": location, "lot": lot, "quantity": quantity}
    return Holding.objects.create(owner_id=product.owner_id, product=product, **holding), portion
