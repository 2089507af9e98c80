"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import Route
from users.roles import Right

DECIDE, WORK = Right.DECIDE_COUNTS, Right.WORK

ROUTES = {
    "sheet-list": Route("sheets", {"GET": WORK, "POST": DECIDE}, link="counting-sheets", devices=("GET",)),
    "sheet-detail": Route("sheets", {"GET": WORK}),
    "sheet-lines": Route("sheets", {"GET": WORK}),
    "sheet-entries": Route("sheets", {"GET": WORK, "POST": WORK}, devices=("POST",)),
    "sheet-differences": Route("sheets", {"GET": DECIDE}),
    "sheet-recount": Route("sheets", {"POST": DECIDE}),
    "sheet-book": Route("sheets", {"POST": DECIDE}),
    "sheet-drop": Route("sheets", {"POST": DECIDE}),
    "sheet-file": Route("sheets", {"GET": WORK}),
}
