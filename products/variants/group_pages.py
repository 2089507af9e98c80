"""The pages that add variants to a group, and rename the values of its axes."""

from hashlib import sha256
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.kinds import NOTE, TEXT
from core.pages.cells import Fields
from core.pages.form_fields import Field
from core.sentences import fill
from products.models import Group
from products.product_pages import AddProductPage
from products.variants.reading import list_values
from products.variants.serializers import FillSerializer
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

ASKED = {*FillSerializer.Meta.fields} - {"name", "sku"}
COMMON = {name: field for name, field in AddProductPage.fields.items() if name in ASKED}
NAMED = gettext_lazy("By default the name of the group and the values.")
TEMPLATE = gettext_lazy("An option in braces is replaced by its value: {example}")
ADDED = gettext_lazy("Products added: {number:,}.")
PREFIX = "name-"  # begins the names of the fields that rename


class GroupTaskPage(TaskPage):
    """A page of one group."""

    next_page = "group-detail"

    @cached_property
    def group(self) -> Group:
        """Return the group. Raise Http404 if it is archived, or another shop's."""
        return get_object_or_404(Group.objects.for_user(self.user).live(), pk=self.kwargs["pk"])

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        return {"title": f"{self.title}: {self.group.name}"}


class FillGroupPage(GroupTaskPage):
    route = "group-fill"
    title = gettext_lazy("Add variants")
    button = gettext_lazy("Add")
    hint = gettext_lazy("Adds a product for each combination that is missing. Those that are there stay as they are.")

    @cached_property
    def own_fields(self) -> Fields:
        values = list_values(self.user.account_id or 0, self.group)
        several = gettext_lazy("One value in each line.")
        placeholders = "-".join(f"{{{axis}}}" for axis in self.group.axes)
        axes = {
            f"options.{axis}": Field(axis, NOTE, initial="\n".join(values[axis]), help_text=several)
            for axis in self.group.axes
        }
        texts = {
            "sku": Field(gettext_lazy("SKU"), TEXT, help_text=fill(str(TEMPLATE), example=f"TEE-{placeholders}")),
            "name": Field(gettext_lazy("Name"), TEXT, is_rare=True, help_text=NAMED),
        }
        return self.select({**axes, **COMMON, **texts})

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        values = form.values
        lists = {axis: (values.pop(f"options.{axis}", None) or "").splitlines() for axis in self.group.axes}
        options = {axis: [line for line in lines if line.strip()] for axis, lines in lists.items()}
        return {**values, "options": {axis: lines for axis, lines in options.items() if lines}}

    def say(self, form: TaskForm, data: Any) -> str:
        return fill(str(ADDED), number=len(data["products"]))


class RenameValuesPage(GroupTaskPage):
    route = "group-detail"
    method = "PATCH"
    title = gettext_lazy("Rename values")
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved {name}.")
    hint = gettext_lazy("All products of the group get the new names at once. Their own names and SKUs stay.")

    @cached_property
    def names(self) -> dict[str, tuple[str, str]]:
        """Return the axis and the value that each field renames; the value is empty for the axis itself.

        The name of a field depends on both, so that a form which is out of date renames nothing else.
        """
        values = list_values(self.user.account_id or 0, self.group)
        pairs = [(axis, value) for axis in self.group.axes for value in ("", *values[axis])]
        return {make_name(pair): pair for pair in pairs}

    def had_field(self, name: str) -> bool:
        """Return whether the form had the field of a value, or an axis, that the user has renamed."""
        text = self.request.POST[name]
        unchanged = [(text, ""), *((axis, text) for axis in self.group.axes)]
        return name.startswith(PREFIX) and name not in map(make_name, unchanged)

    @cached_property
    def own_fields(self) -> Fields:
        return self.select(
            {
                name: Field(f"{axis}: {value}" if value else axis, TEXT, initial=value or axis)
                for name, (axis, value) in self.names.items()
            }
        )

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        rename: dict[str, dict[str, str]] = {}
        axes = {}
        for name, new in form.values.items():
            axis, value = self.names[name]
            if value and new != value:
                rename.setdefault(axis, {})[value] = new
            elif not value and new != axis:
                axes[axis] = new
        return {"rename": rename, "rename_axes": axes}


def make_name(pair: tuple[str, str]) -> str:
    """Return the name of the field that renames the value of the axis, or the axis if the value is empty."""
    return f"{PREFIX}{sha256(repr(pair).encode()).hexdigest()[:16]}"
