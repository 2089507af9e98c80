"""The support desk's base pages: saves only what was changed; the ledger is there to be read."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DataError, transaction
from django.db.models import BinaryField, Model
from django.http import HttpRequest


class DeskChangeList(ChangeList):
    """Takes a value in the address that the database can't hold for what it is: a wrong lookup, and no bug.

    Django judges the values by their form alone: the year 99999 and an offset past the first day are well-formed.
    """

    def get_results(self, request: HttpRequest) -> None:
        try:
            with transaction.atomic():
                super().get_results(request)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error


class DeskAdmin(admin.ModelAdmin):
    """What every model's pages are built from."""

    # No page links to these, and Django sends a wrong range to the database as broken SQL.
    refused_lookups = ("__range", "__regex", "__iregex")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        if lookup.endswith(self.refused_lookups) or self.is_binary(lookup.split("__", maxsplit=1)[0]):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def is_binary(self, name: str) -> bool:
        """Whether the field holds bytes, which no text in an address can be compared with."""
        return any(isinstance(field, BinaryField) and field.name == name for field in self.opts.fields)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """No row is called by a text that the database can't hold."""
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskChangeList


class OwnedForm(forms.ModelForm):
    """Judges each constraint by the whole row: the owner, for one, is not in the form but in almost all of them."""

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() & set(self.fields)  # type: ignore[misc,no-any-return]


class OwnedAdmin(DeskAdmin):
    """A row of an account. The account is chosen when a row is added and never changes afterwards."""

    form = OwnedForm
    list_select_related: ClassVar[Any] = ("owner",)
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-id",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("owner", *super().get_readonly_fields(request, obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are made by the accounts themselves."""
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        stamps = [field.name for field in obj._meta.fields if getattr(field, "auto_now", False)]
        obj.save(update_fields=[*form.changed_data, *stamps])


class ReadOnly(admin.ModelAdmin):
    """Nothing to add, change or delete, for anybody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, OwnedAdmin):
    """An account's rows to be read."""
