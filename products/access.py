"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route, detail_route, list_route
from users.roles import Right

LIST, DETAIL = list_route(Right.MANAGE_PRODUCTS), detail_route(Right.MANAGE_PRODUCTS)
# Without the right to manage products, users may change the quantity only.
QUANTITY_BY_WORKERS = {**DETAIL, "PUT": Right.WORK, "PATCH": Right.WORK}

ROUTES = {
    "product-list": Route("products", {**LIST, "PATCH": Right.MANAGE_PRODUCTS}, link="products", devices=("GET",)),
    "product-detail": Route("products", QUANTITY_BY_WORKERS),
    "product-restore": Route("products", {"POST": Right.MANAGE_PRODUCTS}),
    "product-export": Route("products", READ, link="export"),
    "product-import": Route("products", {"POST": Right.MANAGE_PRODUCTS}),
    "product-import-progress": Route("products", {"GET": Right.MANAGE_PRODUCTS}),
    "product-import-template": Route("products", READ),
    "item-list": Route("items", LIST, link="items"),
    "item-detail": Route("items", QUANTITY_BY_WORKERS),
    "item-levels": Route("items", READ),
    "category-list": Route("categories", LIST, link="categories"),
    "category-detail": Route("categories", DETAIL),
    "category-restore": Route("categories", {"POST": Right.MANAGE_PRODUCTS}),
}
