"""The right that the route of this app needs. Each tool also needs the right of a route of the API."""

from users.permissions import WITH_ANY_KEY, Route

ROUTES = {"mcp": Route("start", {"POST": WITH_ANY_KEY})}  # the schema does not have it
