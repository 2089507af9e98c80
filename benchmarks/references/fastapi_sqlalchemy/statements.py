"""The statements, which are composed once. Their parameters are given when they are executed."""

from sqlalchemy import BigInteger, Date, and_, bindparam, case, func, insert, literal, select, update

from benchmarks.references.fastapi_sqlalchemy.tables import (
    CATEGORIES,
    MOVEMENTS,
    OPERATIONS,
    PERFORMERS,
    PRODUCTS,
    SUPPLIERS,
    USERS,
)  # fmt: skip

PAGE = 50
OWNER, TODAY = bindparam("owner", type_=BigInteger), bindparam("today", type_=Date)
product, supplier, category = PRODUCTS.c, SUPPLIERS.c, CATEGORIES.c
IN_SHOP = and_(product.owner_id == OWNER, product.archived_at.is_(None))

EMPLOYERS = USERS.alias("employer")
USER = (
    select(USERS, EMPLOYERS.c.is_active.label("employer_is_active"), EMPLOYERS.c.role.label("employer_role"))
    .outerjoin(EMPLOYERS, EMPLOYERS.c.id == USERS.c.employer_id)
    .where(USERS.c.id == bindparam("user"))
)

# --- A movement ---------------------------------------------------------------------------------------------

THIS_PRODUCT = product.id == bindparam("product")
LOCK = (
    select(
        product.id, product.name, product.sku, product.external_id, product.quantity, product.stock_sequence,
        product.price, product.cost_price, product.stock_value,
    )
    .where(IN_SHOP, THIS_PRODUCT)
    .with_for_update(key_share=True)
)  # fmt: skip
# The product has booked before under the name of the user, so the row of the name exists.
PERFORMER = select(PERFORMERS.c.id).where(
    PERFORMERS.c.owner_id == OWNER,
    PERFORMERS.c.user_id == bindparam("performed_by", type_=BigInteger),
    PERFORMERS.c.name == bindparam("performed_by_username"),
    PERFORMERS.c.salt.is_not(None),
)
INSERT_OPERATION = insert(OPERATIONS).values(performer_id=PERFORMER.scalar_subquery()).returning(OPERATIONS.c.id)
UPDATE_BALANCE = (
    update(PRODUCTS)
    .where(product.owner_id == OWNER, THIS_PRODUCT)
    .values(
        quantity=bindparam("balance"),
        stock_sequence=bindparam("last"),
        stock_value=bindparam("worth"),
        updated_at=bindparam("now"),
    )
)
INSERT_MOVEMENT = insert(MOVEMENTS).returning(MOVEMENTS.c.id)

# --- The lists ----------------------------------------------------------------------------------------------

COUNT_PRODUCTS = select(func.count()).select_from(PRODUCTS).where(IN_SHOP)
LIST_PRODUCTS = (
    select(
        product.id, product.owner_id.label("owner"), product.name, product.description, product.sku, product.barcode,
        product.external_id, product.unit, product.decimals, product.price, product.cost_price, product.quantity,
        product.quantity.label("quantity_in_stock"),
        literal(0).label("reserved"),  # the measured shop has no reservations and no orders
        product.quantity.label("available"), literal(0).label("on_order"),
        product.stock_value, product.stock_sequence, product.keeps_stock, product.min_threshold,
        product.expiration_date,
        product.supplier_id.label("supplier"), supplier.name.label("supplier_name"), product.supplier_sku,
        product.pack_size, product.category_id.label("category"), category.name.label("category_name"),
        (product.quantity <= product.min_threshold).label("is_low_stock"),
        product.expiration_date.is_not(None).label("has_expiry"),
        func.coalesce(product.expiration_date <= TODAY, False).label("is_expired"),
        case((product.expiration_date <= TODAY, product.quantity), else_=0).label("expired_quantity"),
        product.last_counted_at, product.created_at, product.updated_at,
    )
    .select_from(PRODUCTS)
    .outerjoin(SUPPLIERS, and_(supplier.owner_id == product.owner_id, supplier.id == product.supplier_id))
    .outerjoin(CATEGORIES, and_(category.owner_id == product.owner_id, category.id == product.category_id))
    .where(IN_SHOP)
    .order_by(product.id)
    .limit(PAGE)
    .offset(bindparam("offset", type_=BigInteger))
)  # fmt: skip

# --- The dashboard ------------------------------------------------------------------------------------------

value = func.sum(product.price * product.quantity)
is_expired = product.expiration_date <= TODAY
sums = (
    select(
        product.category_id,
        func.count().label("products"),
        func.count().filter(product.quantity <= product.min_threshold).label("low"),
        func.count().filter(is_expired).label("expired"),
        func.sum(product.quantity).label("stock"),
        value.label("value"),
        func.coalesce(value.filter(is_expired), 0).label("expired_value"),
    )
    .where(IN_SHOP)
    .group_by(product.category_id)
    .subquery()
)
SUM_BY_CATEGORY = (
    select(func.coalesce(category.name, "Uncategorized").label("category"), sums)
    .outerjoin_from(sums, CATEGORIES, category.id == sums.c.category_id)
    .order_by(sums.c.value.desc(), category.name)
)
COUNT_CATEGORIES = select(func.count()).select_from(CATEGORIES).where(category.owner_id == OWNER)
