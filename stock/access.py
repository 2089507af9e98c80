"""The roles that may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import DETAIL, LIST, MEMBERS, OWNERS, READ, SIGNED_IN, Route

BOOK = {"GET": SIGNED_IN, "POST": MEMBERS}

ROUTES = {
    "location-list": Route("locations", LIST, link="locations"),
    "location-detail": Route("locations", DETAIL),
    "location-restore": Route("locations", {"POST": OWNERS}),
    "location-holdings": Route("locations", READ),
    "lot-list": Route("lots", READ, link="lots"),
    "lot-detail": Route("lots", {"GET": SIGNED_IN, "PUT": OWNERS, "PATCH": OWNERS}),
    "movement-list": Route("stock", BOOK, link="stock"),
    "movement-detail": Route("stock", READ),
    "movement-history": Route("stock", READ),
    "product-movements": Route("products", READ),
    "product-holdings": Route("products", READ),
    "item-changes": Route("items", READ, link="item-changes"),
    "operation-list": Route("stock", BOOK, link="operations"),
    "operation-detail": Route("stock", READ),
    "operation-reverse": Route("stock", {"POST": OWNERS}),
    "counts": Route("stock", {"POST": MEMBERS}),
    "transfers": Route("stock", {"POST": MEMBERS}),
    "verify": Route("stock", READ, link="verify"),
    "seal-list": Route("stock", LIST, link="seals"),
    "seal-detail": Route("stock", READ),
    "seal-file": Route("stock", {"GET": OWNERS}),  # the file has the value of each movement
}
