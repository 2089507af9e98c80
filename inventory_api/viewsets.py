"""The base of every resource: rows of the caller's account alone, the owner set by the server."""

from typing import Any

from django.db import transaction
from django.db.models import Model
from rest_framework import mixins, viewsets
from rest_framework.serializers import BaseSerializer

from inventory_api.ownership import OwnedQuerySet


class OwnedMixin(viewsets.GenericViewSet):
    """Scopes the queryset to the caller. A model that isn't owned has no `for_user`, so it can't be served."""

    queryset: OwnedQuerySet
    lookup_value_converter = "row_id"

    def get_queryset(self) -> OwnedQuerySet:
        return super().get_queryset().for_user(self.request.user)  # type: ignore[attr-defined,no-any-return]

    def filter_queryset(self, queryset: Any) -> Any:
        """Filters are the list's: a query parameter does not make a single row disappear."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset


class OwnedReadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedMixin):
    """List and detail."""


class OwnedViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, OwnedReadViewSet):
    """List, detail, create, update, delete; each change in one transaction."""

    @transaction.atomic
    def create(self, *args: Any, **kwargs: Any) -> Any:
        return super().create(*args, **kwargs)

    @transaction.atomic
    def update(self, *args: Any, **kwargs: Any) -> Any:
        return super().update(*args, **kwargs)

    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.save(owner_id=self.request.user.account_id)  # type: ignore[union-attr]

    @transaction.atomic
    def perform_destroy(self, instance: Model) -> None:
        """Lock, then delete: a row that is being linked to it at this moment is seen, and let go as well."""
        self.get_queryset().select_for_update(of=("self",)).get(pk=instance.pk)
        instance.delete()
