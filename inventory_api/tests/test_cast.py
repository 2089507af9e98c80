"""The rows that testing/cast/insertion.py inserts equal those that the services write."""

from datetime import date, datetime
from decimal import Decimal

from django.core.management.color import no_style
from django.db import connection, transaction

from products.models import Product
from stock.goods.services import create_product
from testing.cast import people
from testing.cast.shops import rows_of
from testing.management.commands.flush import FILLED_BY_MIGRATIONS
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.access.roles import Role
from users.models import User

DIFFERENT = datetime | bytes  # times, and the random salts of names with their digests


def register(name, **fields):
    return services.register(by=Caller(), username=name, password=people.PASSWORD, **fields)


def create(owner, **fields):
    return create_product(by=owner, **{"name": "Kettle", "price": "10.00", **fields})


def write(make_user, make_product, **fields):
    """Return all rows of a shop with a product of these fields, and the objects that the functions return."""
    with transaction.atomic():
        # The rows of the other tables stay, and so do their sequences: the rollback does not set them back.
        emptied = [one for one in connection.introspection.sequence_list() if one["table"] not in FILLED_BY_MIGRATIONS]
        restart = connection.ops.sequence_reset_by_name_sql(no_style(), emptied)
        with connection.cursor() as cursor:
            cursor.execute(";".join(restart))
        alice = make_user("alice", email="alice@example.org", phone="1", csv_format="european")
        bob = make_user("bob", role=Role.WORKER, employer=alice)
        product = make_product(alice, **fields)
        written = mask(rows_of(alice)), [mask(vars(one)) for one in (alice, bob, product)]
        stored = User.objects.get(pk=alice.pk), Product.objects.with_codes(alice).for_user(alice).get(pk=product.pk)
        assert [mask(vars(one)) for one in (alice, product)] == [mask(vars(one)) for one in stored]
        transaction.set_rollback(True)
    return written


def mask(part):
    """Return the values of rows or of an object. Times, salts and hashes are replaced by their types."""
    if isinstance(part, dict):
        return {name: mask(value) for name, value in part.items() if name not in ("_state", "_password", "password")}
    if isinstance(part, list):
        return [mask(one) for one in part]
    return type(part) if isinstance(part, DIFFERENT) else part


@all_cases(
    "fields",
    [
        {},
        {"quantity": 10, "sku": "K", "external_id": "7", "min_threshold": 10},
        {"quantity": Decimal("1.5"), "unit": "kg", "decimals": 3, "cost_price": "3", "expiration_date": date.max},
        {"supplier_sku": "s", "pack_size": 6, "description": "a\nb"},
    ],
)
def test_the_services_write_the_same_rows(db, fields):
    assert write(people.make_user, people.make_product, **fields) == write(register, create, **fields)
