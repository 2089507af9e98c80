from django.urls import path

from users.access import views

urlpatterns = [
    path("account/close/", views.ClosingView.as_view(), name="account-closing"),
    path("account/hand-over/", views.HandOverView.as_view(), name="account-hand-over"),
]
