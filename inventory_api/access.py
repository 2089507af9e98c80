"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route

ROUTES = {
    "root": Route("start", READ),
}
