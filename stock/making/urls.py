from typing import Any

from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from stock.making import making_pages
from stock.making.views import MakingView, RecipeViewSet

ONE_RECIPE: Any = {"get": "retrieve", "put": "update", "delete": "destroy"}

urlpatterns = [
    path("products/<row_id:product_id>/recipe/", RecipeViewSet.as_view(ONE_RECIPE), name="product-recipe"),
    path("recipes/", RecipeViewSet.as_view({"get": "list"}, suffix="List"), name="recipe-list"),
    path("stock/makings/", MakingView.as_view(), name="makings"),
]

pages = [
    path("make/", making_pages.MakePage.as_view(), name="shop-make"),
    path("take-apart/", making_pages.TakeApartPage.as_view(), name="shop-take-apart"),
    path("recipe/", making_pages.RecipePage.as_view(), name="shop-recipe"),
]
