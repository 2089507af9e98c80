"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route, detail_route, list_route
from users.roles import Right

BOOK = list_route(Right.WORK)

ROUTES = {
    "location-list": Route("locations", list_route(Right.MANAGE_PRODUCTS), link="locations"),
    "location-detail": Route("locations", detail_route(Right.MANAGE_PRODUCTS)),
    "location-restore": Route("locations", {"POST": Right.MANAGE_PRODUCTS}),
    "location-holdings": Route("locations", READ),
    "lot-list": Route("lots", READ, link="lots"),
    "lot-detail": Route("lots", {**READ, "PUT": Right.MANAGE_PRODUCTS, "PATCH": Right.MANAGE_PRODUCTS}),
    "movement-list": Route("stock", BOOK, link="stock", devices=("POST",)),
    "movement-detail": Route("stock", READ),
    "movement-history": Route("stock", READ),
    "product-movements": Route("products", READ),
    "product-holdings": Route("products", READ),
    "refused-import-list": Route("products", {"GET": Right.MANAGE_PRODUCTS}),
    "refused-import-detail": Route("products", {"GET": Right.MANAGE_PRODUCTS}),
    "item-changes": Route("items", READ, link="item-changes"),
    "operation-list": Route("stock", BOOK, link="operations", devices=("POST",)),
    "operation-detail": Route("stock", READ),
    "operation-reverse": Route("stock", {"POST": Right.REVERSE_OPERATIONS}),
    "counts": Route("stock", {"POST": Right.WORK}, devices=("POST",)),
    "transfers": Route("stock", {"POST": Right.WORK}),
    "verify": Route("stock", READ, link="verify"),
    "seal-list": Route("stock", list_route(Right.MAKE_SEALS), link="seals"),
    "seal-detail": Route("stock", READ),
    "seal-file": Route("stock", {"GET": Right.SEE_COSTS}),  # the file has the value of each movement
}
