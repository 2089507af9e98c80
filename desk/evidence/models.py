"""Packs: files that prove what was in stock at an instant."""

from datetime import timedelta

from django.db import models

from core.texts.locales import ENGLISH
from desk.takeout.models import WrittenFile


class Clock(models.TextChoices):
    """The time of an operation that counts."""

    OCCURRED = "occurred"
    RECORDED = "recorded"


class Pack(WrittenFile):
    """A request for a pack, and the SHA-256 of its file."""

    FILE_NAME, KEPT_FOR, MAX_FILES = "pack", timedelta(days=400), 24

    as_of = models.DateTimeField("as of", help_text="The instant of the inventory.")
    start = models.DateTimeField("from", null=True, help_text="The start of the account; by default everything.")
    clock = models.CharField("time that counts", max_length=8, choices=Clock, default=Clock.OCCURRED)
    recorded_until = models.DateTimeField("recorded until", help_text="What was recorded later is not in the pack.")
    language = models.CharField(max_length=5, default=ENGLISH, help_text="The language of the texts in the pack.")
    sha256 = models.CharField("SHA-256", max_length=64, null=True, help_text="The digest of the file.")

    class Meta(WrittenFile.Meta):
        verbose_name = "pack of the year's end"
        verbose_name_plural = "packs of the year's end"
        constraints = [
            *WrittenFile.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(start=None) | models.Q(start__lte=models.F("as_of")), name="evidence_pack_from"
            ),
            models.CheckConstraint(condition=models.Q(clock__in=Clock.values), name="evidence_pack_clock"),
        ]
