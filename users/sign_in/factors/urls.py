from django.urls import path

from core.http.routers import make_routes
from users.sign_in.factors import views

urlpatterns = [
    *make_routes(("users/me/factors", views.FactorViewSet, "factor")),
    path("users/<row_id:pk>/factors/", views.WorkerFactorsView.as_view(), name="user-factors"),
    path("auth/passkey/options/", views.PasskeyOptionsView.as_view(), name="passkey-options"),
    path("auth/passkey/", views.PasskeyView.as_view(), name="passkey"),
    path("auth/proof/", views.ProofView.as_view(), name="proof"),
]
