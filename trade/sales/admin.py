"""The numbers of sales, at the support desk. Nobody changes them there."""

from django.contrib import admin

from core.support.admin import LogAdmin
from core.support.desk import Desk
from trade.sales.models import Number, Series


@admin.register(Number)
class NumberAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = ("number", "account", "operation")
    list_display_links = ("number",)


@admin.register(Series)
class SeriesAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = ("number", "account", "position")
    list_display_links = ("number",)
