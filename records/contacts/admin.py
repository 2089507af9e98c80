from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from core.support.admin import ArchivableAdmin


class ContactAdmin(ArchivableAdmin):
    """The base of the admins of contacts. The form has the model's own fields first, and then the external id."""

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        read_only = self.get_readonly_fields(request, obj)
        fields = [name for name in super().get_fields(request, obj) if name not in {"external_id", *read_only}]
        return [*fields, "external_id", *read_only]
