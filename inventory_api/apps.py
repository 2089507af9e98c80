from django.apps import AppConfig
from django.db.models import CharField, EmailField
from django.db.models.functions import Lower


class InventoryApiConfig(AppConfig):
    name = "inventory_api"

    def ready(self) -> None:
        """Register `__lower`: every "ignoring case" in the product is the database's lower(), as in its indexes."""
        CharField.register_lookup(Lower)
        EmailField.register_lookup(Lower)
