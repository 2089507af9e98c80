"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route
from users.roles import Right

ROUTES = {
    "changes": Route("changes", READ, link="changes"),
    "product-changes": Route("products", READ),
    "supplier-changes": Route("suppliers", READ),
    "category-changes": Route("categories", READ),
    "user-changes": Route("users", {"GET": Right.MANAGE_USERS}),
}
