"""Who may use the routes of this app, their tags in the schema and their links at the root of the API."""

from users.permissions import MEMBERS, Route

ROUTES = {
    "feed": Route("events", {"GET": MEMBERS}, link="events"),
}
