"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route, list_route
from users.roles import Right

POST = {"POST": Right.WORK}

ROUTES = {
    "reservation-list": Route("reservations", list_route(Right.WORK), link="reservations"),
    "reservation-detail": Route("reservations", READ),
    "reservation-fulfil": Route("reservations", POST),
    "reservation-release": Route("reservations", POST),
    "reservation-extend": Route("reservations", POST),
}
