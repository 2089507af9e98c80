"""Who may use the routes of this app, their tags in the schema and their links at the root."""

from users.permissions import DETAIL, LIST, OWNERS, READ, SIGNED_IN, Route

ROUTES = {
    "location-list": Route("locations", LIST, link="locations"),
    "location-detail": Route("locations", DETAIL),
    "location-restore": Route("locations", {"POST": OWNERS}),
    "location-holdings": Route("locations", READ),
    "lot-list": Route("lots", READ, link="lots"),
    "lot-detail": Route("lots", {"GET": SIGNED_IN, "PUT": OWNERS, "PATCH": OWNERS}),
}
