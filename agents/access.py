"""Who may use the route of this app. Its tools need the rights of the routes that they call."""

from users.permissions import WITH_ANY_KEY, Route

ROUTES = {"mcp": Route("start", {"POST": WITH_ANY_KEY})}  # the schema does not have it
