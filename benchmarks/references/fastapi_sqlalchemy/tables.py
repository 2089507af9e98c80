"""The columns of the product's tables that the routes use."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, LargeBinary, MetaData, Numeric, Table, Text

METADATA = MetaData()
MOMENT = DateTime(timezone=True)

USERS = Table(
    "users_user",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("username", Text),
    Column("role", Text),
    Column("is_active", Boolean),
    Column("token_version", BigInteger),
    Column("date_joined", MOMENT),
    Column("employer_id", BigInteger),
)
SUPPLIERS, CATEGORIES = (
    Table(
        name,
        METADATA,
        Column("id", BigInteger, primary_key=True),
        Column("owner_id", BigInteger),
        Column("name", Text),
    )
    for name in ("suppliers_supplier", "products_category")
)
PRODUCTS = Table(
    "products_product",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("owner_id", BigInteger),
    Column("name", Text),
    Column("description", Text),
    Column("sku", Text),
    Column("barcode", Text),
    Column("external_id", Text),
    Column("unit", Text),
    Column("price", Numeric),
    Column("cost_price", Numeric),
    Column("quantity", BigInteger),
    Column("stock_sequence", BigInteger),
    Column("stock_value", Numeric),
    Column("supplier_sku", Text),
    Column("pack_size", BigInteger),
    Column("min_threshold", BigInteger),
    Column("expiration_date", Date),
    Column("supplier_id", BigInteger),
    Column("category_id", BigInteger),
    Column("last_counted_at", MOMENT),
    Column("archived_at", MOMENT),
    Column("created_at", MOMENT),
    Column("updated_at", MOMENT),
)
PERFORMERS = Table(
    "stock_performer",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("owner_id", BigInteger),
    Column("user_id", BigInteger),
    Column("name", Text),
    Column("salt", LargeBinary),
)
OPERATIONS = Table(
    "stock_operation",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("owner_id", BigInteger),
    Column("performed_by_id", BigInteger),
    Column("performer_id", BigInteger),
    Column("reason", Text),
    Column("reference", Text),
    Column("note", Text),
    Column("occurred_at", MOMENT),
    Column("created_at", MOMENT),
)
MOVEMENTS = Table(
    "stock_movement",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("owner_id", BigInteger),
    Column("operation_id", BigInteger),
    Column("product_id", BigInteger),
    Column("product_name", Text),
    Column("sequence", BigInteger),
    Column("movement_type", Text),
    Column("quantity", BigInteger),
    Column("old_quantity", BigInteger),
    Column("new_quantity", BigInteger),
    Column("value", Numeric),
    Column("unit_price", Numeric),
)
