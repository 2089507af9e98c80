"""The roles that may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route

ROUTES = {
    "root": Route("start", READ),
}
