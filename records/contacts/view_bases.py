"""The views of contacts, and what their pages have in common."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import archiving
from core.further_fields import Columns, FurtherFields
from core.lists.parameters import query_flag
from core.pages.columns import PageColumn, Row, columns_of
from core.pages.links import Action, Verb, add, link_to_form, link_to_row, remove, restore, save, say_name
from core.pages.tables import DetailPage
from core.sentences import fill
from core.serializers import EmptySerializer
from core.translation import gettext_noop as _
from records.contacts.serializers import make_merge_serializers
from records.contacts.services import erase, list_costs, list_naming, merge, preview, refuse_merged
from records.history.models import Kind
from records.history.pages import show_changes
from records.idempotency.decorators import IdempotentCreate, idempotent, takes_key
from users.access.roles import Right
from web.view_bases import SparseFields
from web.viewsets import RestorableViewSet, RowChanges, raise_404_if_missing

ERASE_FOR_EVER = _("Erase for ever")
MERGE = _("Merge with …")


def confirm_merge(contact: Any) -> list[str]:
    """Return what a merge does to the contact, and how many rows name it."""
    what = fill(
        "This archives {name}. What names it now will name the one that you choose, whose empty fields are filled."
        " Nobody can undo this.",
        name=contact.name,
    )
    names = {one: gettext(capfirst(str(one._meta.verbose_name_plural))) for one in list_naming(type(contact))}
    costs = [
        fill(_("Merged into {supplier}, {name} costs {after} in place of {before}."), **shown)
        for cost in list_costs(contact)
        for shown in [cost | {side: cost[side] or gettext("nothing") for side in ("before", "after")}]
    ]
    return [what, *(f"{name}: {naming.count_naming(contact)}" for naming, name in names.items()), *costs]


def make_verbs(
    kind: Kind,
    *,
    add_row: str,
    erase: str,
    erased: str,
    confirm_erasing: Callable[[Any], list[str]],
    archived: str,
    confirm: Callable[[Any], list[str]],
) -> dict[str, Verb]:
    """Return the forms of a contact's pages, with their titles, messages and questions."""
    page = f"{kind.value}-detail"
    return {
        "merge": Verb(
            MERGE,
            "Merge",
            say=partial(say_name, _("Merged into {name}."), "name"),
            link=link_to_row(page),
            is_final=True,
            confirm=confirm_merge,
        ),
        "erase": Verb(
            erase,
            ERASE_FOR_EVER,
            say=erased,
            link=link_to_row(page),
            is_final=True,
            confirm=confirm_erasing,
        ),
        "create": add(add_row, page),
        "update": save(),
        "restore": restore(page),
        "destroy": remove("Archive", archived, confirm),
    }


def make_page(
    model: Any, columns: tuple[PageColumn | FurtherFields, ...], *, erase: str, actions: tuple[Action, ...] = ()
) -> DetailPage:
    """Return the page of a contact. `erase` is the title of the button that erases it."""
    column, kind = columns_of(model), model.tracked[0].kind
    page, merge = f"{kind.value}-detail", link_to_form(f"{kind.value}-merge")
    merged_into = column("merged_name", "Merged into", page=page, id_field="merged_into")
    add_changes, changes = show_changes(kind)

    def extend(user: Any, row: Row) -> Row:
        """Add the last changes, and the name of the row that this one was merged into."""
        names = model.objects.for_user(user).filter(pk=row["merged_into"]).values_list("name", flat=True)
        return {**add_changes(user, row), "merged_name": names.first() if row["merged_into"] else None}

    return DetailPage(
        "name",
        Columns(*columns, column("external_id"), column("created_at", kind="moment"), merged_into),
        actions=(
            *actions,
            Action("Edit", form="PUT"),
            Action(MERGE, lambda row: "" if row["merged_into"] else merge(row), right=Right.MANAGE_PRODUCTS),
            Action(erase, link_to_form(f"{kind.value}-erase"), right=Right.MANAGE_PRODUCTS),
        ),
        sections=(changes,),
        extend=extend,
    )


DRY_RUN = OpenApiParameter("dry_run", bool, description="Return what would change, without changing anything")


class ContactViewSet(SparseFields, IdempotentCreate, RowChanges, RestorableViewSet):
    """The routes of contacts. Subclasses define the actions `erase` and `merge` by erase_action() and merge_action().

    GET also returns a row that was merged into another one.
    """

    live_actions = ("update", "partial_update", "destroy")

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.named() if self.action == "retrieve" else rows

    def offers_form(self, method: str, data: Any) -> bool:
        return not (data or {}).get("merged_into") and super().offers_form(method, data)

    def perform_restore(self, pk: int) -> Any:
        model = self.queryset.model
        return archiving.restore(model, owner_id=self.account_id, pk=pk, check=refuse_merged)

    @idempotent
    def merge_once(self, request: Request, **values: int) -> Response:
        """Merge the row, once per idempotency key."""
        with raise_404_if_missing():
            return self.show(merge(self.queryset.model, **values))


def erase_action(description: str) -> Any:
    """Return the action that erases a contact. The schema has the description."""

    def erase_contact(self: ContactViewSet, request: Request, **kwargs: Any) -> Response:
        with raise_404_if_missing():
            row = erase(self.queryset.model, owner_id=self.account_id, pk=self.kwargs["pk"])
        return self.show(row)

    erase_contact.__name__, erase_contact.__doc__ = "erase", description
    routed = action(detail=True, methods=["post"], serializer_class=EmptySerializer)(erase_contact)
    return extend_schema(request=None)(routed)


def merge_action(row: Any) -> Any:
    """Return the action that merges a contact. `row` is the serializer of the rows."""
    body, answer = make_merge_serializers(row)

    def merge_contact(self: ContactViewSet, request: Request, **kwargs: Any) -> Response:
        """Merge the row into another one, which is the same person or company.

        What names it then names the other one, whose empty fields are filled. It is archived, and nothing undoes this.
        """
        self.get_object()  # a missing row is a 404 even if the body is malformed
        values = {"owner_id": self.account_id, "pk": self.kwargs["pk"], "into_id": self.read_body()["into"].pk}
        if query_flag(request, "dry_run"):
            return Response(preview(self.queryset.model, **values))
        merged: Response = self.merge_once(request, **values)
        return merged

    merge_contact.__name__ = "merge"
    routed = action(detail=True, methods=["post"], serializer_class=body)(takes_key(merge_contact))
    return extend_schema(parameters=[DRY_RUN], responses=answer)(routed)
