"""Who may use the routes of this app, their tags in the schema and their links at the root."""

from users.permissions import READ, Route

ROUTES = {
    "scan": Route("scanning", READ),
}
