"""The support desk's base pages: saves only what was changed; the ledger is there to be read."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest


class OwnedForm(forms.ModelForm):
    """Judges each constraint by the whole row: the owner, for one, is not in the form but in almost all of them."""

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() & set(self.fields)  # type: ignore[misc,no-any-return]


class OwnedAdmin(admin.ModelAdmin):
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


class ReadOnlyAdmin(OwnedAdmin):
    """Nothing to add, change or delete, for anybody."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
