"""The columns of the product's tables that the routes use."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, LargeBinary, MetaData, Numeric, Table, Text

METADATA = MetaData()
MOMENT = DateTime(timezone=True)


def make_table(name: str, /, **types: Any) -> Table:
    columns = (Column(column, kind, primary_key=column == "id") for column, kind in types.items())
    return Table(name, METADATA, *columns)


USERS = make_table(
    "users_user", id=BigInteger, username=Text, role=Text, is_active=Boolean, token_version=BigInteger,
    date_joined=MOMENT, employer_id=BigInteger,
)  # fmt: skip
SUPPLIERS = make_table("suppliers_supplier", id=BigInteger, owner_id=BigInteger, name=Text)
CATEGORIES = make_table("products_category", id=BigInteger, owner_id=BigInteger, name=Text)
PRODUCTS = make_table(
    "products_product", id=BigInteger, owner_id=BigInteger, name=Text, description=Text, sku=Text, barcode=Text,
    external_id=Text, unit=Text, decimals=BigInteger, price=Numeric, cost_price=Numeric, quantity=BigInteger,
    stock_sequence=BigInteger, stock_value=Numeric, supplier_sku=Text, pack_size=BigInteger, keeps_stock=Boolean,
    min_threshold=BigInteger, expiration_date=Date, supplier_id=BigInteger, category_id=BigInteger,
    last_counted_at=MOMENT, archived_at=MOMENT, created_at=MOMENT, updated_at=MOMENT,
)  # fmt: skip
PERFORMERS = make_table(
    "stock_performer", id=BigInteger, owner_id=BigInteger, user_id=BigInteger, name=Text, salt=LargeBinary
)
OPERATIONS = make_table(
    "stock_operation", id=BigInteger, owner_id=BigInteger, performed_by_id=BigInteger, performer_id=BigInteger,
    reason=Text, reference=Text, note=Text, occurred_at=MOMENT, created_at=MOMENT,
)  # fmt: skip
MOVEMENTS = make_table(
    "stock_movement", id=BigInteger, owner_id=BigInteger, operation_id=BigInteger, product_id=BigInteger,
    product_name=Text, sequence=BigInteger, movement_type=Text, quantity=BigInteger, old_quantity=BigInteger,
    new_quantity=BigInteger, value=Numeric, unit_price=Numeric,
)  # fmt: skip
