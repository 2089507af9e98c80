"""The base of the serializers of contacts. Their fields begin with `id`, `name` and the personal fields."""

from core.external_ids import ExternalIdField
from core.metadata import MergedMetadata, MetadataField
from core.serializers import OwnedSerializer


# The class has no docstring, because the schema would publish it as the description of the subclasses.
class ContactSerializer(MergedMetadata, OwnedSerializer):
    external_id = ExternalIdField()
    metadata = MetadataField()
