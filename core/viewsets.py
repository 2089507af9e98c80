"""The base of every resource: rows of the caller's account alone, the owner set by the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from rest_framework import mixins, viewsets
from rest_framework.serializers import BaseSerializer

from core.list_serialization import ListRowsMixin
from core.ownership import OwnedQuerySet, delete_unlinked
from core.transactions import AccountLock, atomic, lock_account


@contextmanager
def raise_404_if_missing() -> Iterator[None]:
    """Raise Http404 for a row that a service did not find."""
    try:
        yield
    except ObjectDoesNotExist as error:
        raise Http404 from error


class OwnedMixin(viewsets.GenericViewSet):
    """Scopes the queryset to the caller. A model that isn't owned has no `for_user`, so it can't be served."""

    queryset: OwnedQuerySet
    lookup_value_converter = "row_id"
    filtered_actions: tuple[str, ...] = ("list",)
    is_long_running = False  # an action that does says so: see throttling

    def get_queryset(self) -> OwnedQuerySet:
        return super().get_queryset().for_user(self.request.user)  # type: ignore[attr-defined,no-any-return]

    def filter_queryset(self, queryset: Any) -> Any:
        """Filters are the list's: a query parameter does not make a single row disappear."""
        return super().filter_queryset(queryset) if self.action in self.filtered_actions else queryset


class OwnedReadViewSet(ListRowsMixin, mixins.RetrieveModelMixin, OwnedMixin):
    """List and detail."""


class OwnedViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, OwnedReadViewSet):
    """List, detail, create, update, delete; each change in one transaction.

    REST framework reads and validates the body before it calls a `perform_…` method. Their transaction begins there, so
    a slow client holds no lock. The order of locks is docs/decisions/0016-the-order-of-locks.md.
    """

    @property
    def account_id(self) -> int:
        account_id: int = self.request.user.account_id  # type: ignore[assignment,union-attr]
        return account_id

    def get_locked_object(self) -> Any:
        """Return the row, locked until the transaction ends. Raise Http404 if it is gone by now."""
        with raise_404_if_missing():
            return self.get_queryset().get_locked(self.kwargs["pk"])

    @atomic
    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.instance = None  # a repeated transaction creates the row again
        serializer.save(owner_id=self.account_id)

    @atomic
    def perform_update(self, serializer: BaseSerializer) -> None:
        lock_account(self.account_id, AccountLock.CATALOGUE)
        serializer.instance = self.get_locked_object()
        serializer.save()

    def perform_destroy(self, instance: Any) -> None:
        """Delete the row. Raise Http404 if another request has deleted it meanwhile."""
        if not delete_unlinked(self.queryset.filter(owner_id=self.account_id, pk=instance.pk)):
            raise Http404
