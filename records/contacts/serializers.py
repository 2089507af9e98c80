"""The base of the serializers of contacts. The fields begin with `id`, `name` and the personal ones, in order."""

from core.external_ids import ExternalIdField
from core.metadata import MergedMetadata, MetadataField
from core.serializers import OwnedSerializer


class ContactSerializer(MergedMetadata, OwnedSerializer):  # without a docstring, which the schema would show
    external_id = ExternalIdField()
    metadata = MetadataField()
