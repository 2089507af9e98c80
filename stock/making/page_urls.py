from django.urls import path

from stock.making import making_pages

urlpatterns = [
    path("make/", making_pages.MakePage.as_view(), name="shop-make"),
    path("take-apart/", making_pages.TakeApartPage.as_view(), name="shop-take-apart"),
    path("recipe/", making_pages.RecipePage.as_view(), name="shop-recipe"),
]
