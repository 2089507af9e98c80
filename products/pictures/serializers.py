"""The answer to a new picture."""

from rest_framework import serializers

from core.serializers import CachedFieldsSerializer


class PictureSerializer(CachedFieldsSerializer):
    """Where the picture is."""

    picture = serializers.CharField(help_text="The address, relative to this service. Each picture has another one.")
