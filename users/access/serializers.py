"""The serializers of the routes that hand over and close a shop."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from core.fields import OwnedRelatedField
from core.serializers import example
from users.models import User
from users.serializers import PasswordField


class WorkerField(OwnedRelatedField):
    """Another user of the caller's shop."""

    def get_queryset(self) -> Any:
        user = self.context["request"].user
        return User.objects.visible_to(user).filter(is_active=True, is_barred=False).exclude(pk=user.pk)


@example(user=2, password=settings.DEMO_PASSWORD)
class HandOverSerializer(serializers.Serializer):
    user = WorkerField(queryset=User.objects.all(), help_text="The id of one of your active workers.")
    password = PasswordField(help_text="Your own password.")


@example(password=settings.DEMO_PASSWORD)
class ProofSerializer(serializers.Serializer):
    password = PasswordField(help_text="Your own password.")


class ClosingSerializer(serializers.Serializer):
    """The time at which all rows of the shop are removed."""

    closes_at = serializers.DateTimeField(allow_null=True, help_text="null: the shop is not being closed.")
