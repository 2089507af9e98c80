from django.contrib import admin

from core.admin import CatalogueAdmin
from suppliers.models import Supplier


@admin.register(Supplier)
class SupplierAdmin(CatalogueAdmin):
    list_display = ("name", "account", "contact_email", "phone_number", "lead_days", "created_at")
    search_fields = ("name", "contact_email")
