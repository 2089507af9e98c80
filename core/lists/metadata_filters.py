"""The filters by metadata: `metadata.shopify=17` lists the rows with exactly this text."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from core.lists.filters import StrictFilterSet, StrictTextField, TextFilter
from core.metadata import MAX_METADATA_LENGTH, MAX_QUOTED_KEY, METADATA_KEY, WRONG_KEY

PREFIX = "metadata."


class MetadataTextField(StrictTextField):
    def __init__(self, *, key: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.key = key

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text and not re.fullmatch(METADATA_KEY, self.key):
            raise ValidationError(WRONG_KEY.format(given=self.key[:MAX_QUOTED_KEY]))
        return text


class MetadataFilter(TextFilter):
    """A filter by the text under a key."""

    field_class: type[StrictTextField] = MetadataTextField

    def __init__(self, key: str) -> None:
        super().__init__(max_length=MAX_METADATA_LENGTH, key=key, label="")
        self.key = key

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(metadata__contains={self.key: value}) if value else qs


class MetadataFilterSet(StrictFilterSet):
    """The filters of rows that have metadata. An instance gets those that the query names."""

    prefixes = {PREFIX: "`metadata.shopify=17`: those with exactly this text of another program"}

    @classmethod
    def make_own_filters(cls, request: Any) -> dict[str, MetadataFilter]:
        names = [name for name in request.query_params if name.startswith(PREFIX)]
        return {name: MetadataFilter(name.removeprefix(PREFIX)) for name in names}
