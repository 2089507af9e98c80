from django.contrib import admin

from core.support.admin import ContactAdmin
from core.support.desk import Desk
from suppliers.models import Supplier


@admin.register(Supplier)
class SupplierAdmin(ContactAdmin):
    desk = Desk(of_account=True, counted="Suppliers", found="suppliers")
    list_display = ("name", "account", "contact_email", "phone_number", "lead_days", "archived_at", "created_at")
    search_fields = ("name", "contact_email")
