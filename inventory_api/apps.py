from importlib import import_module

from django.apps import AppConfig
from django.db.models import CharField, EmailField
from django.db.models.functions import Lower

from core.database.constraints import ExactText


class InventoryApiConfig(AppConfig):
    name = "inventory_api"

    def ready(self) -> None:
        """Register the database checks, and lookups: `__lower`, which ignores case as indexes do, and ExactText."""
        import_module("core.database.checks")
        CharField.register_lookup(ExactText)
        CharField.register_lookup(Lower)
        EmailField.register_lookup(Lower)
