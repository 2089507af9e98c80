"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route
from users.roles import Right

ROUTES = {
    "till-list": Route("tills", {"GET": Right.WORK, "POST": Right.KEEP_TILLS}, link="tills"),
    "till-detail": Route("tills", {"GET": Right.WORK, "DELETE": Right.KEEP_TILLS}),
    "till-pair": Route("tills", {"POST": Right.KEEP_TILLS}),
    "till-gaps": Route("tills", {"GET": Right.WORK}, devices=("GET",)),
    "till-drops": Route("tills", {"GET": Right.WORK, "POST": Right.WORK}, devices=("POST",)),
    "till-catalogue": Route("tills", READ, devices=("GET",)),
}
