"""Recipes and makings at the support desk. Nobody changes them there."""

from typing import Any, ClassVar

from django.contrib import admin

from core.support.admin import AccountFilter, LogAdmin, RowListFilter
from core.support.desk import Desk
from products.models import Product
from stock.models import Making, Recipe, RecipePart


class ProductListFilter(RowListFilter):
    title, parameter_name, model = "product", "product", Product


class RecipeListFilter(RowListFilter):
    title, parameter_name, model = "recipe", "recipe", Recipe


@admin.register(Recipe)
class RecipeAdmin(LogAdmin):
    desk = Desk(of_account=True)
    list_display = fields = ("id", "account", "product", "makes", "note", "updated_at")
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, ProductListFilter)
    list_select_related: ClassVar[Any] = ("owner", "product")


@admin.register(RecipePart)
class RecipePartAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = ("id", "account", "recipe", "product", "quantity")
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, RecipeListFilter)
    list_select_related: ClassVar[Any] = ("owner", "recipe", "product")


@admin.register(Making)
class MakingAdmin(LogAdmin):
    desk = Desk()
    list_display = fields = ("id", "account", "operation", "product", "role", "quantity")
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = (AccountFilter, ProductListFilter)
    list_select_related: ClassVar[Any] = ("owner", "operation", "product")
