from django.contrib import admin

from core.support.admin import ContactAdmin
from core.support.desk import Desk
from trade.customers.models import Customer


@admin.register(Customer)
class CustomerAdmin(ContactAdmin):
    desk = Desk(of_account=True, counted="Customers", found="customers")
    list_display = ("name", "account", "email", "phone", "archived_at", "created_at")
    search_fields = ("name", "email", "phone")
