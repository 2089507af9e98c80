"""The base of the serializers of contacts, and the filters of their lists by ids in other programs."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.fields import OwnedRelatedField
from core.lists.row_filters import EXTERNAL_ID, MAX_VALUES, CodeListFilter, ExternalIdFilter, filter_by_codes
from core.model_fields import TAKEN, ExternalIdField, MergedMetadata, MetadataField
from core.serializers import CachedFieldsSerializer, OwnedSerializer, example


class ContactField(OwnedRelatedField):
    """A contact by id. The id of one that was merged means the one that it was merged into."""

    def to_internal_value(self, data: Any) -> Any:
        row: Any = super().to_internal_value(data)
        return row.merged_into or row


# The class has no docstring, because the schema would publish it as the description of the subclasses.
class ContactSerializer(MergedMetadata, OwnedSerializer):
    external_id = ExternalIdField()
    metadata = MetadataField()
    merged_into = serializers.IntegerField(
        source="merged_into_id",
        read_only=True,
        allow_null=True,
        help_text="The id of the one that it was merged into: only archived ones have it.",
    )

    def validate_external_id(self, code: str | None) -> str | None:
        """Refuse the external id of a contact that was merged, because it means the one that it was merged into."""
        model: Any = self.Meta.model
        merged = model.objects.for_user(self.context["request"].user).exclude(merged_into=None)
        others = filter_by_codes(merged.exclude(merged_into=self.instance), "external_id", [code] if code else [])
        if code != getattr(self.instance, "external_id", None) and others.exists():
            raise serializers.ValidationError(gettext(TAKEN))
        return code


def make_merge_serializers(row: Any) -> tuple[Any, Any]:
    """Return the serializers of the body and of the answer of a merge. `row` is that of the rows.

    The answer is the row of `into`, or with `dry_run` what would change.
    """
    number, model = serializers.IntegerField, row.Meta.model
    into = ContactField(queryset=model.objects.all(), help_text="The id of the one that stays.")
    body = example(into=2)(type(f"Merge{model.__name__}Serializer", (CachedFieldsSerializer,), {"into": into}))
    changes: dict[str, Any] = {
        "into": number(help_text="The id of the one that stays."),
        "moves": serializers.DictField(child=number(), help_text="How many rows of each kind would name it then."),
        "fields": serializers.DictField(
            help_text="The values that its empty fields would get. Of suppliers `cost_prices`, too: up to 100 products"
            " that would get the cost which `into` asks."
        ),
    }
    names = (*row.Meta.fields, *changes)
    meta = type("Meta", (row.Meta,), {"fields": names})
    answer = type(f"Merged{model.__name__}Serializer", (row,), {"Meta": meta, **changes})
    return body, extend_schema_serializer(extensions={"x-optional-fields": (*row.get_prototypes(), *changes)})(answer)


class Following:
    """A mixin for filters by external ids. That of a contact that was merged finds the one that it was merged into.

    If a live one has it, too, it finds that one alone.
    """

    parent: Any

    def filter(self, qs: Any, value: Any) -> Any:
        select: Any = super().filter  # type: ignore[misc]
        found, rows = select(qs, value), qs.model.objects.for_user(self.parent.request.user)
        taken = select(rows.live(), value).values("external_id__lower")
        merged = select(rows.exclude(merged_into=None), value).exclude(external_id__lower__in=taken)
        return found | qs.filter(pk__in=merged.values("merged_into")) if value else found


class ContactIdFilter(Following, ExternalIdFilter):
    """A filter by one external id."""


class ContactIdsFilter(Following, CodeListFilter):
    """A filter by several external ids."""

    def __init__(self) -> None:
        label = f"Up to {MAX_VALUES} whole ids in another program, with commas"
        super().__init__("external_id", item=EXTERNAL_ID, label=label)
