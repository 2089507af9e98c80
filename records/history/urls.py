from django.urls import path

from records.history import views

urlpatterns = [path("changes/", views.ShopChangesView.as_view(), name="changes")]
