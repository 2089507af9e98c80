"""Base classes of viewsets. They serve only rows of the caller's account, and set the owner of new rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import generics, mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer

from core import archiving
from core.database.transactions import AccountLock, atomic, lock_account
from core.fields import are_costs_shown
from core.http.renderers import add_etag, check_if_match
from core.lists.filters import ChoiceFilter, InstantFilter, StrictFilterSet, TextFilter
from core.lists.pagination import LogPagination
from core.lists.row_filters import RowFilter
from core.ownership import OwnedQuerySet
from core.pages.links import PageLink, ask_permissions
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill
from products.changed_values import measure
from records.history.models import Kind, list_costs, list_tracked
from records.history.pages import ROW_CHANGES
from records.history.reading import describe_changes, select_changes
from records.history.serializers import ChangeSerializer
from users.serializers import USERS
from web.view_bases import GenericApiView, ListRowsMixin, ReplicaReads, RowFormView, post_action


class FieldFilter(TextFilter):
    """The changes of one field. Users who see no costs find no change of a cost."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if not value:
            return qs
        return qs.none() if value in list_costs() and not are_costs_shown() else qs.filter(changes__has_key=value)


class ChangeFilter(StrictFilterSet):
    by = RowFilter(USERS, label="Id of the user who made the change")
    field = FieldFilter(max_length=64, label="The changed field: price, for instance")
    after = InstantFilter(field_name="at", lookup_expr="gte", label="At or after this time")
    before = InstantFilter(field_name="at", lookup_expr="lt", label="Before this time")


class ShopChangeFilter(ChangeFilter):
    kind = ChoiceFilter(choices=Kind.choices, label="What was changed")


@contextmanager
def raise_404_if_missing() -> Iterator[None]:
    """Convert an ObjectDoesNotExist that a service raises to Http404."""
    try:
        yield
    except ObjectDoesNotExist as error:
        raise Http404 from error


class OwnedMixin(GenericApiView, viewsets.GenericViewSet):
    """Restricts the queryset to the caller's account. A model without an owner has no `for_user`, so it fails."""

    queryset: OwnedQuerySet
    lookup_value_converter = "row_id"
    filtered_actions: tuple[str, ...] = ("list",)
    is_long_running = False  # True for views and actions that the time throttle counts as long

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.for_user(self.user)

    def filter_queryset(self, queryset: Any) -> Any:
        """Filter the queryset only for `filtered_actions`. For a single row, filters must never hide the row."""
        return super().filter_queryset(queryset) if self.action in self.filtered_actions else queryset


class OwnedReadViewSet(ReplicaReads, ListRowsMixin, mixins.RetrieveModelMixin, OwnedMixin):
    """The routes that list and retrieve rows."""


class AttachedReadViewSet(OwnedReadViewSet):
    """The routes that list and retrieve rows with what is no column of them, such as their lines."""

    list = mixins.ListModelMixin.list
    attach: Callable[..., Any]  # sets these attributes of rows, and returns the rows

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset) or []
        return self.attach(page) if self.action == "list" else page

    def retrieve(self, *args: Any, **kwargs: Any) -> Response:
        return self.show(self.get_object())

    def represent(self, row: Any) -> Any:
        return super().represent(*self.attach([row]))

    def change(self, service: Callable[..., Any], **values: Any) -> Response:
        """Call the service with the row of the address. Return the response with the row that it returns."""
        with raise_404_if_missing():
            return self.show(service(**{"by": self.user, "pk": self.kwargs["pk"], **values}))


class ETagMixin(RowFormView, OwnedMixin):
    """A mixin that gives single rows an ETag. GET accepts `If-None-Match`; PUT, PATCH and DELETE accept `If-Match`."""

    has_etags = True  # the schema reads it
    # The ETag of a PUT's response would promise that the row has exactly the values sent (RFC 9110, 9.3.4).
    etag_actions = ("retrieve", "partial_update")
    checked_actions: tuple[str, ...] = ("update", "partial_update", "destroy")  # the schema reads it

    def check_unchanged(self, row: Any) -> None:
        """Raise Changed if the client expects other content. Call this with the locked row, before any change."""
        super().check_unchanged(row)
        if "If-Match" in self.request.headers:
            check_if_match(self.request, self.represent(row))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if getattr(self, "action", None) in self.etag_actions and isinstance(response, Response):
            add_etag(self.request, response)
        return response


class OwnedViewSet(
    ETagMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, OwnedReadViewSet
):
    """The routes that list, retrieve, create, update and delete rows. Each change is one transaction.

    The transaction begins in a `perform_…` method, after the body was read, so that a slow client holds no lock. ADR 16
    says in which order locks are acquired.
    """

    locks_catalogue = True  # False if no other row depends on what a change writes: then it need not wait for an import

    @atomic
    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.instance = None  # a retried transaction creates the row again
        serializer.save(owner_id=self.account_id)

    @atomic
    def perform_update(self, serializer: BaseSerializer) -> None:
        if self.locks_catalogue:
            lock_account(self.account_id, AccountLock.CATALOGUE)
        with raise_404_if_missing():
            serializer.instance = self.get_queryset().get_locked(self.kwargs["pk"])
        self.check_unchanged(serializer.instance)
        serializer.save()


class ArchivableViewSet(OwnedViewSet):
    """The routes of rows that DELETE archives. The page of an archived row has a link to restore it."""

    # An archived row is a 404 for these.
    live_actions: tuple[str, ...] = ("retrieve", "update", "partial_update", "destroy")
    archived_note: str  # what has become of an archived row, for its page

    @property
    def restore_page(self) -> str:
        return f"{self.basename}-restore"

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.live() if self.action in self.live_actions else rows

    def perform_destroy(self, instance: Any) -> None:
        """Archive the row. Raise Http404 if another request has just archived it."""
        with raise_404_if_missing():
            archiving.archive(type(instance), owner_id=self.account_id, pk=instance.pk, check=self.check_unchanged)

    def destroy(self, *args: Any, **kwargs: Any) -> Response:
        """Archive the row. It leaves the lists, and what links to it has null there until it is restored."""
        return super().destroy(*args, **kwargs)

    def explain_missing(self) -> tuple[list[str], list[PageLink]] | None:
        """Return a message for the page of an archived row, and a button that restores it."""
        archived = self.queryset.for_user(self.user).exclude(archived_at=None)
        row = archived.filter(pk=self.kwargs["pk"]).first() if self.detail else None
        if row is None:
            return None
        said = fill("{name} is archived: {note}", name=row, note=gettext(self.archived_note))
        return [said], self.link_archived(row.pk)

    def link_archived(self, row_id: int) -> list[PageLink]:
        restore = PageLink("Restore", reverse(self.restore_page, args=[row_id]), style="primary")
        return [restore] if ask_permissions(self, "may_use", self.restore_page) else []


class RestorableViewSet(ArchivableViewSet):
    """The routes of rows that DELETE archives, and the one that restores them."""

    @extend_schema(request=None)
    @post_action()
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Bring the row back from the archive. What linked to it does so again, unless it has another link now."""
        with raise_404_if_missing():
            row = self.perform_restore(self.kwargs["pk"])
        return self.show(row)

    def perform_restore(self, pk: int) -> Any:
        """Restore the row and return it. Raise ObjectDoesNotExist."""
        return archiving.restore(self.queryset.model, owner_id=self.account_id, pk=pk)


class RowChanges(GenericApiView):
    """Adds the route of the changes of a row to a viewset of recorded rows. Archived rows have a history, too."""

    queryset: Any

    @extend_schema(filters=True, responses=ChangeSerializer(many=True))
    @action(
        detail=True, name="What changed", serializer_class=ChangeSerializer, filterset_class=ChangeFilter,
        pagination_class=LogPagination,
    )  # fmt: skip
    def changes(self, request: Request, **kwargs: Any) -> Response:
        """What changed in the row, the newest first. Archived rows have a history, too."""
        kind = list_tracked(self.queryset.model)[0].kind
        changes = select_changes(self.user).filter(kind=kind, row_id=self.get_recorded().pk)
        rows = describe_changes(self.paginate_queryset(generics.GenericAPIView.filter_queryset(self, changes)) or ())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def get_recorded(self) -> Any:
        """Return the row whose id is in the URL. Raise Http404."""
        return get_object_or_404(self.select_recorded(), pk=self.kwargs["pk"])

    def select_recorded(self) -> Any:
        """Return the rows whose changes the user may see."""
        return self.queryset.for_user(self.user)

    def find_page(self) -> TablePage | DetailPage | None:
        """Return the page. That of changes has the name of the row in its title."""
        if getattr(self, "action", None) != "changes":
            return super().find_page()
        return replace(
            ROW_CHANGES, title=lambda _rows: f"{gettext('Changes')}: {self.get_recorded()}",
            extend=lambda user, rows: measure(user, [{**row, "row": self.kwargs["pk"]} for row in rows]),
        )  # fmt: skip
