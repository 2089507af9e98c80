from django.contrib import admin

from core.admin import ArchivableAdmin
from trade.customers.models import Customer


@admin.register(Customer)
class CustomerAdmin(ArchivableAdmin):
    list_display = ("name", "account", "email", "phone", "archived_at", "created_at")
    search_fields = ("name", "email", "phone")
