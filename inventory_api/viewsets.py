"""The base of every resource: rows of the caller's account alone, the owner set by the server."""

from typing import Any

from rest_framework import mixins, viewsets
from rest_framework.serializers import BaseSerializer

from inventory_api.ownership import OwnedQuerySet
from inventory_api.rows import ListRowsMixin
from inventory_api.transactions import atomic


class OwnedMixin(viewsets.GenericViewSet):
    """Scopes the queryset to the caller. A model that isn't owned has no `for_user`, so it can't be served."""

    queryset: OwnedQuerySet
    lookup_value_converter = "row_id"
    filtered_actions: tuple[str, ...] = ("list",)
    takes_long = False  # an action that does says so: see throttling

    def get_queryset(self) -> OwnedQuerySet:
        return super().get_queryset().for_user(self.request.user)  # type: ignore[attr-defined,no-any-return]

    def filter_queryset(self, queryset: Any) -> Any:
        """Filters are the list's: a query parameter does not make a single row disappear."""
        return super().filter_queryset(queryset) if self.action in self.filtered_actions else queryset


class OwnedReadViewSet(ListRowsMixin, mixins.RetrieveModelMixin, OwnedMixin):
    """List and detail."""


class OwnedViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, OwnedReadViewSet):
    """List, detail, create, update, delete; each change in one transaction, that locks its row first."""

    def get_queryset(self) -> OwnedQuerySet:
        """A delete locks the whole row: a link made to it at this moment is seen, and let go as well."""
        rows = super().get_queryset()
        if self.action in ("update", "partial_update", "destroy"):
            return rows.select_for_update(no_key=self.action != "destroy", of=("self",))
        return rows

    @atomic
    def create(self, *args: Any, **kwargs: Any) -> Any:
        return super().create(*args, **kwargs)

    @atomic
    def update(self, *args: Any, **kwargs: Any) -> Any:
        return super().update(*args, **kwargs)

    @atomic
    def destroy(self, *args: Any, **kwargs: Any) -> Any:
        return super().destroy(*args, **kwargs)

    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.save(owner_id=self.request.user.account_id)  # type: ignore[union-attr]
