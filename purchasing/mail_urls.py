"""The address of the link in the mail of an order."""

from django.urls import path

from purchasing.mail_pages import OrderPage

urlpatterns = [
    path("orders/<token>/", OrderPage.as_view(), name="order-by-mail"),
]
