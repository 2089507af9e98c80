"""The form of one of the shop's own fields, which has an input for the new name of each choice."""

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.pages.cells import Fields
from core.pages.form_fields import Field
from web.task_pages.route_page import RoutePage

FIXED = ("key", "type")
RENAME = "rename."  # the names of the inputs begin with it


class OwnFieldPage(RoutePage):
    """The form of an own field, without what is fixed."""

    @cached_property
    def own_fields(self) -> Fields:
        """Return the fields of the form. A sent form has those that it was opened with."""
        fields = {name: field for name, field in super().own_fields.items() if name not in FIXED}
        shown = [f"{RENAME}{choice}" for choice in self.row.get("choices", ())]
        names = [name for name in self.request.POST if name.startswith(RENAME)] or shown
        return fields | self.select({name: self.make_field(name, is_first=name == names[0]) for name in names})

    def make_field(self, name: str, *, is_first: bool) -> Field:
        title, hint = _("Rename choices"), _("A new name is also that of the products that have the choice.")
        return Field(f"{title}: {name.removeprefix(RENAME)}", help_text=hint if is_first else "")
