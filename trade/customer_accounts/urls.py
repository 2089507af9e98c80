from django.urls import path

import core.http.routers  # noqa: F401, registers the converter of `row_id`
from trade.customer_accounts.pay_pages import PayAccountPage
from trade.customer_accounts.serializers import CustomerPaymentSerializer
from trade.customer_accounts.views import AccountViewSet

urlpatterns = [
    path("customers/<row_id:pk>/account/", AccountViewSet.as_view({"get": "retrieve"}), name="customer-account"),
    path(
        "customers/<row_id:pk>/payments/",
        AccountViewSet.as_view({"post": "create"}, serializer_class=CustomerPaymentSerializer),
        name="customer-payment-list",
    ),
]

pages = [path("customers/<row_id:pk>/pay/", PayAccountPage.as_view(), name="shop-pay-customer")]
