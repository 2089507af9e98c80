from importlib import import_module

from django.apps import AppConfig
from django.db.models import CharField, EmailField
from django.db.models.functions import Lower


class InventoryApiConfig(AppConfig):
    name = "inventory_api"

    def ready(self) -> None:
        """Register the database checks, and the lookup `__lower`, by which comparisons ignore case as indexes do."""
        import_module("core.database.checks")
        CharField.register_lookup(Lower)
        EmailField.register_lookup(Lower)
