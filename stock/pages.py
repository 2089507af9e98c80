"""The pages of the ledger."""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, Verb, find_form_page, link_to_row, say_name
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from products.reading.door import add_units, add_units_of_amounts
from stock.door import CHANGES, NOTHING_BOOKED, OPERATION, PRODUCT, WHEN, movement_column
from stock.models import Seal, Verification
from stock.serializers import SealSerializer
from users.access.roles import Right
from users.models import User

seal_column = columns_of(Seal)
verification_column = columns_of(Verification)

SEALS_SHOWN = 10


SEALED = partial(say_name, _("Sealed: seal {name} is the newest."), "number")
SEAL = Verb("Seal now", say=SEALED, link=link_to_row("seal-detail"))
HISTORY = TablePage(
    (WHEN, *CHANGES, OPERATION),
    empty=NOTHING_BOOKED,
    title=lambda rows: fill("History of {name}", name=rows[0]["product_name"]) if rows else "",
    extend=add_units_of_amounts,
    first_filters=("reason", "performed_by", "after", "before"),
)


ITEM_CHANGES = TablePage(
    (
        PageColumn("timestamp", "When", kind="moment"),
        PageColumn("item_name", "Item", page="item-detail", id_field="item"),
        movement_column("old_quantity", kind="goods"),
        PageColumn("new_quantity", "After", kind="goods"),
        PageColumn("username"),
    ),
    empty="No quantity has changed yet.",
)


SEALED_ROWS = (
    seal_column("operations", kind="number"),
    seal_column("movements", kind="number"),
)
SEALS = TablePage(
    (
        PageColumn("number", "Seal", kind="number", page="seal-detail"),
        seal_column("created_at", kind="moment"),
        *SEALED_ROWS,
        seal_column("digest", is_extra=True),
        PageColumn("file", "File", write=lambda _row: gettext("Download and check"), link=link_to_row("seal-file")),
    ),
    empty="Nothing has been sealed yet.",
)
SEAL_PAGE = DetailPage(
    lambda row: fill("Seal {number}", number=row["number"]),
    (
        seal_column("created_at", kind="moment"),
        seal_column("from_position", kind="number"),
        seal_column("to_position", kind="number"),
        seal_column("digest"),
        PageColumn("previous", "That of the previous seal"),
    ),
    figures=SEALED_ROWS,
    actions=(
        Action("Download and check", link_to_row("seal-file"), style="primary"),
        Action("How to check it", lambda _row: "/docs/ledger/#seals"),
    ),
)


NOWHERE = _("no place")
OUTDATED = Mark("outdated", lambda row: row["outdated"])
COUNTS = TablePage(
    (
        PageColumn("counted_at", "When", kind="moment", marks=(OUTDATED,)),
        PRODUCT,
        PageColumn(
            "location_name",
            "Place",
            page="location-detail",
            id_field="location",
            is_optional=True,
            write=lambda row: gettext(NOWHERE) if row["nowhere"] else row["location_name"],
        ),
        PageColumn("lot_code", "Lot", page="lot-detail", id_field="lot", is_optional=True),
        PageColumn("counted", "Counted", kind="goods"),
        PageColumn("expected", "Expected", kind="goods"),
        PageColumn("difference", "Difference", kind="change", losses="below"),
        PageColumn("counted_by_username", "Who"),
        OPERATION,
    ),
    empty="Nothing has been counted yet.",
    tasks=(PageLink("Count", "/shop/count/", style="primary", right=Right.WORK),),
    extend=lambda user, rows: add_units(user, rows) if any(row["counted_amount"] for row in rows) else rows,
)


def extend_verification(user: User, data: Row) -> Row:
    """Return the verification with the newest seals, for developers.

    Breaks without a movement have no product and no sequence.
    """
    broken = [{**found, "product": found["product"] or None, "sequence": found["sequence"] or None}
              for found in data["broken"]]  # fmt: skip
    shown: Row = {"server_changes": [], **data, "broken": broken, "seals": (), "seal_list": ""}
    if not user.developer:
        return {**shown, "sealed": None}
    seals = Seal.objects.for_user(user).order_by("-number")[:SEALS_SHOWN]
    return {**shown, "seals": SealSerializer(seals, many=True).data, "seal_list": reverse("seal-list")}


VERIFICATION = DetailPage(
    lambda data: gettext("The numbers are wrong") if data["broken"] else gettext("The numbers are right"),
    (
        PageColumn("sealed", "Sealed at", kind="moment", write=lambda data: (data["sealed"] or {}).get("sealed_at")),
        PageColumn("unsealed", "Transactions after the last seal", kind="number",
               write=lambda data: (data["sealed"] or {}).get("unsealed_operations")),
    ),
    figures=(PageColumn("products", "Products", kind="number"), seal_column("movements", kind="number")),
    sections=(
        TableSection(
            "broken", "Errors found",
            (movement_column("product", page="product-detail", id_field="product"),
             movement_column("sequence", kind="number"),
             PageColumn("what", "What")),
            empty="Every movement continues the balance before it, and every balance is the sum of its movements.",
        ),
        TableSection(
            "server_changes", "Changes of the database server",
            (PageColumn("noticed_at", "Noticed", kind="moment"), PageColumn("message", "What changed"),
             verification_column("newest_booked_at", kind="moment")),
            empty="None since the first verification.",
        ),
        TableSection(
            "seals", "Seals", tuple(column for column in SEALS.columns if not column.is_extra),
            empty=SEALS.empty,
            is_optional=True,
            more=lambda data: PageLink("All of them", data["seal_list"]),
        ),
    ),
    actions=(
        Action(
            "Seal now", lambda data: data["seal_list"] and find_form_page(data["seal_list"]), right=Right.MAKE_SEALS
        ),
    ),
    extend=extend_verification,
)  # fmt: skip
