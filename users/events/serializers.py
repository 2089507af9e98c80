"""The rows of security events."""

from core.serializers import CleanModelSerializer
from users.events.models import SecurityEvent


class EventSerializer(CleanModelSerializer):
    class Meta:
        model = SecurityEvent
        fields = ("id", "user", "kind", "actor", "api_key", "address", "created_at")
        extra_kwargs = {
            "api_key": {"help_text": "The id of the API key that the event is about, or null."},
            "actor": {"help_text": "The user who caused the event; null if it was the user itself, or is not known."},
            "address": {"help_text": "The client's IP address; for IPv6, the first address of its /64 network."},
        }
