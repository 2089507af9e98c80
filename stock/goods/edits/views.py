"""The routes that edit many products at once, and undo this."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from products.models import Product
from records.history.models import Change, Kind
from records.history.reading import describe_changes, select_changes
from records.idempotency.decorators import idempotent
from stock.errors import NothingChanged
from stock.goods.edits.pages import EDIT, UNDO
from stock.goods.edits.serializers import EditDetailSerializer, EditedSerializer, EditSerializer, UndoneEditSerializer
from stock.goods.edits.services import edit_products, undo_edit
from stock.line_fields import call_service
from users.access.permissions import READ, grant
from users.access.roles import Right
from users.models import User
from web.view_bases import created, post_action
from web.viewsets import OwnedMixin, raise_404_if_missing


def read_edit(user: User, edit: int) -> dict[str, Any] | None:
    """Return the edit with its changes of each product, or None if there is no such edit."""
    changes = list(select_changes(user).filter(edit=edit, kind=Kind.PRODUCT).order_by("id"))
    if not changes:
        return None
    rows = describe_changes(changes)
    products: dict[int, dict[str, Any]] = {}
    for row in rows:
        products.setdefault(row["row"], {}).update(row["changes"])
    names = dict(Product.objects.for_user(user).filter(pk__in=products).values_list("pk", "name"))
    undone_by = Change.objects.for_user(user).filter(undoes=edit).values_list("edit", flat=True).first()
    return {
        **{name: rows[0][name] for name in ("at", "by", "by_username", "via")},
        "id": edit,
        "undoes": changes[0].undoes,
        "undone_by": undone_by,
        "products": [{"product": pk, "name": names[pk], "changes": pairs} for pk, pairs in products.items()],
    }


class EditViewSet(OwnedMixin):
    """Edits of many products at once. Each can be undone."""

    tag, rights = "products", READ | grant(Right.MANAGE_PRODUCTS, "create", "undo")
    queryset = Change.objects.filter(edit__isnull=False)
    serializer_class = EditSerializer
    verbs, pages = {"undo": UNDO}, {"retrieve": EDIT}
    has_form_pages = False
    forms_elsewhere = ("create",)

    @extend_schema(responses=EditDetailSerializer)
    def retrieve(self, request: Request, pk: int, **kwargs: Any) -> Response:
        """Return what the edit has changed of each product, and which edit has undone it."""
        return Response(EditDetailSerializer(self.get_object()).data)

    def get_object(self) -> dict[str, Any]:
        """Return the edit whose id is in the URL. Raise Http404. An edit is several rows of the history."""
        if (edit := read_edit(self.user, self.kwargs["pk"])) is None:
            raise Http404
        return edit

    def stores(self, name: str, text: str) -> bool:
        return True  # these are the `expected` values: each line asks its product for its own

    @extend_schema(responses={201: EditedSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Change some fields of 1 to 1,000 products, or archive them, all or none. The error lists all refused lines.

        A line with `expected` is refused with `values_changed` if the product has other values by now.
        """
        edit = call_service(edit_products, {"by": self.user, **self.read_body()}, NothingChanged)
        return created(EditedSerializer(edit).data)

    @extend_schema(request=None, responses={201: UndoneEditSerializer})
    @post_action()
    @idempotent
    def undo(self, request: Request, pk: int, **kwargs: Any) -> Response:
        """Give the products of the edit their former values back, and restore those that it has archived.

        What has been changed since stays, and is named in `kept`. The undo is an edit that can be undone, too.
        """
        self.read_body()
        with raise_404_if_missing():
            undone = undo_edit(by=self.user, edit=pk)
        return created(UndoneEditSerializer(undone).data)
