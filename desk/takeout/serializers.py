"""The bodies of exports."""

from core.serializers import CleanModelSerializer
from desk.takeout.models import Export


class ExportSerializer(CleanModelSerializer):
    """An export of the shop. `size` is in bytes, and null until the file is ready."""

    class Meta:
        model = Export
        fields = ("id", "state", "size", "created_at", "finished_at", "expires_at")
        read_only_fields = fields
