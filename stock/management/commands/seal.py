"""Seals what the accounts have booked."""

from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import pluralize

from stock.proofs.services import list_owner_ids, seal_account


class Command(BaseCommand):
    help = "Seal what the accounts have booked and written since their newest seals: run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        new = [seals for owner_id in list_owner_ids() if (seals := seal_account(owner_id=owner_id))]
        self.stdout.write(f"{sum(new)} new seal{pluralize(sum(new))} of {len(new)} account{pluralize(len(new))}.")
