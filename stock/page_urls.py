from django.urls import path

from stock import booking_pages

urlpatterns = [
    path("receive/", booking_pages.ReceivePage.as_view(), name="shop-receive"),
    path("write-off/", booking_pages.WriteOffPage.as_view(), name="shop-write-off"),
    path("move/", booking_pages.MovePage.as_view(), name="shop-move"),
]
