"""Where a location is refilled from: in its body, and on its pages."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Func, JSONField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field

from core.fields import OwnedRelatedField
from core.further_fields import FurtherField
from core.pages.columns import PageColumn, Row
from stock.booking.drafts import NO_LOCATION
from stock.levels.look_ups import NO_PLACE, SOURCES
from stock.levels.models import RefillSource
from stock.levels.services import set_source
from stock.models import Location

DESCRIPTION = (
    "The id of the location from which it is refilled (an integer), `none` for what lies at no place, or null. Nothing"
    " moves by itself: the report `refill` says what to move."
)


# The schema gives no type, because client generators fail on a union of two types.
@extend_schema_field({"description": DESCRIPTION, "nullable": True})
class RefillFromField(OwnedRelatedField):
    """A location by id, or NO_LOCATION. The service refuses an archived one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Location.objects.all(), allow_null=True, required=False, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return NO_LOCATION if data == NO_LOCATION else super().to_internal_value(data)

    def get_attribute(self, instance: Any) -> Any:
        if "refill_from_id" not in vars(instance):
            user = self.context["request"].user
            found = SourceBesideLocation().annotate(user, Location.objects.for_user(user).filter(pk=instance.pk))
            instance.refill_from_id = found.values_list("refill_from_id", flat=True).first()
        return instance.refill_from_id

    def to_representation(self, value: Any) -> Any:
        return value


class SourceBesideLocation(FurtherField):
    """From where a place is refilled."""

    name = "refill_from"
    column = PageColumn("refill_from_name", "Refilled from", is_optional=True)
    form_field = {"look_up": SOURCES, "label": "Refilled from", "help_text": "What is low here is moved from there."}

    def make_field(self) -> RefillFromField:
        return RefillFromField()

    def annotate(self, user: Any, rows: QuerySet) -> QuerySet:
        found = RefillSource.objects.for_user(user).filter(location=OuterRef("pk"))
        source = Func(F("refill_from_id"), function="to_jsonb", output_field=JSONField())
        named = Coalesce(source, Value(NO_LOCATION, JSONField()))
        annotated: QuerySet = rows.annotate(refill_from_id=Subquery(found.values(of=named)))
        return annotated

    def add_names(self, user: Any, rows: Sequence[Row]) -> Sequence[Row]:
        ids = {row["refill_from"] for row in rows} - {NO_LOCATION}
        shown: dict[Any, str] = dict(Location.objects.for_user(user).filter(pk__in=ids).values_list("pk", "name"))
        shown[NO_LOCATION] = gettext(NO_PLACE)
        return [{**row, "refill_from_name": shown.get(row["refill_from"])} for row in rows]

    def keep(self, row: Location, by: Any, value: Any) -> None:
        set_source(row, by, value)
