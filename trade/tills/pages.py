"""The pages of tills."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.lists.serialization import get_row_serializer
from core.pages.cells import OMITTED
from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, Verb, link_to_form, link_to_row, remove
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from trade.tills.models import Drop, Till
from trade.tills.reading import find_gaps, list_numbers
from trade.tills.serializers import DropSerializer
from users.access.roles import Right

DROPS_SHOWN = 20
COPY_NOW = _("Copy the key now: it is shown only this once. The device sends it as its API key.")
VERBS = {
    "create": Verb("Add a till", "Add", show_once="key", say_once=COPY_NOW),
    "destroy": remove("Close", "Closed: the device of this till saves nothing from now on."),
    "pair": Verb("Pair another device", "Pair", show_once="key", say_once=COPY_NOW),
    "drop": Verb(
        "Give up a number", "Give up", say=lambda row: fill("Gave up number {number}.", number=row["number"]),
        link=link_to_row("till-detail", "till"), is_final=True,
    ),
}  # fmt: skip
FORM_FIELDS = {"sale": {"kind": OMITTED}}
CLOSED = Mark("closed", lambda row: row["revoked_at"])
till_column = columns_of(Till)
drop_column = columns_of(Drop)
COLUMNS = (
    PageColumn("prefix", "Access begins with"),  # the history names a till by it
    PageColumn("username"),
    till_column("last_number", kind="number"),
    PageColumn("last_seen_at", "Last seen", kind="moment"),
)
DROP_COLUMNS = (
    drop_column("number", kind="number"),
    drop_column("created_at", kind="moment"),
    drop_column("made_by_username"),
    drop_column("note"),
)
NOTHING_DROPPED = _("No number was given up.")


def add_numbers(user: Any, till: Row) -> Row:
    """Return the till with its missing numbers, and with the newest ones that were given up."""
    [gaps] = find_gaps(user.account_id, [till["id"]])
    drops = Drop.objects.for_user(user).filter(till_id=till["id"]).order_by("-id")[:DROPS_SHOWN]
    rows = get_row_serializer(DropSerializer).serialize_objects(drops)
    missing = ", ".join(map(str, list_numbers(gaps.missing))) or gettext("none")
    return {**till, "missing": missing, "unproven": write_ranges(gaps.unproven), "drops": rows}


def write_ranges(ranges: Iterable[range]) -> str:
    """Return the first and the last number of each range, as text."""
    return ", ".join(f"{one.start}–{one[-1]}" for one in ranges) or gettext("none")  # noqa: RUF001, an en dash


TILLS = TablePage(
    (PageColumn("name", "Till", page="till-detail", marks=(CLOSED,)), *COLUMNS),
    empty="No tills.",
    hint="A till is a phone, a tablet or a counter that sells without a network too. Open /till/ on it to add it.",
    first=(PageLink("Open the till on this device", "/till/", style="primary", right=Right.KEEP_TILLS),),
)
TILL = DetailPage(
    "name",
    (
        *COLUMNS,
        PageColumn("missing", "Missing numbers"),
        PageColumn("unproven", "May be missing"),
        till_column("created_at", kind="moment"),
        till_column("revoked_at", kind="moment"),
    ),
    sections=(
        TableSection(
            "drops", "Numbers that were given up", DROP_COLUMNS, empty=NOTHING_DROPPED,
            more=lambda row: PageLink("All of them", reverse("till-drops", args=[row["id"]])),
        ),
    ),
    actions=(
        Action("Give up a number", link_to_form("till-drops"), right=Right.WORK),
        Action(
            "Pair another device", lambda row: "" if row["revoked_at"] else link_to_form("till-pair")(row),
            right=Right.KEEP_TILLS,
        ),
        Action("Close", form="DELETE"),
    ),
    extend=add_numbers,
)  # fmt: skip
DROPS = TablePage(DROP_COLUMNS, empty=NOTHING_DROPPED)
