from django.urls import path

import core.routers  # noqa: F401, registers the converter of `row_id`
from records.history import views

urlpatterns = [
    path("changes/", views.ShopChangesView.as_view(), name="changes"),
    path("products/<row_id:pk>/changes/", views.ProductChangesView.as_view(), name="product-changes"),
    path("suppliers/<row_id:pk>/changes/", views.SupplierChangesView.as_view(), name="supplier-changes"),
    path("categories/<row_id:pk>/changes/", views.CategoryChangesView.as_view(), name="category-changes"),
    path("users/<row_id:pk>/changes/", views.UserChangesView.as_view(), name="user-changes"),
]
