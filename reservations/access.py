"""The roles that may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import MEMBERS, READ, SIGNED_IN, Route

POST = {"POST": MEMBERS}

ROUTES = {
    "reservation-list": Route("reservations", {"GET": SIGNED_IN, "POST": MEMBERS}, link="reservations"),
    "reservation-detail": Route("reservations", READ),
    "reservation-fulfil": Route("reservations", POST),
    "reservation-release": Route("reservations", POST),
    "reservation-extend": Route("reservations", POST),
}
