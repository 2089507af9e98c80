"""The roles that may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import DETAIL, LIST, MEMBERS, OWNERS, READ, Route

# Workers may change the quantity only.
QUANTITY_BY_WORKERS = {**DETAIL, "PUT": MEMBERS, "PATCH": MEMBERS}

ROUTES = {
    "product-list": Route("products", LIST, link="products"),
    "product-detail": Route("products", QUANTITY_BY_WORKERS),
    "product-restore": Route("products", {"POST": OWNERS}),
    "product-export": Route("products", READ, link="export"),
    "product-import": Route("products", {"POST": OWNERS}),
    "product-import-progress": Route("products", {"GET": OWNERS}),
    "product-import-template": Route("products", READ),
    "item-list": Route("items", LIST, link="items"),
    "item-detail": Route("items", QUANTITY_BY_WORKERS),
    "item-levels": Route("items", READ),
    "category-list": Route("categories", LIST, link="categories"),
    "category-detail": Route("categories", DETAIL),
}
