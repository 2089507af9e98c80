from django.urls import path

from trade.labels import label_page

urlpatterns = [
    path("labels/", label_page.LabelsPage.as_view(), name="shop-labels"),
]
