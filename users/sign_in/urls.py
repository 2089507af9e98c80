"""The routes of signing in. Two addresses with the same route name have the same view."""

from django.urls import path

from users.sign_in import views

urlpatterns = [
    path("users/me/confirm-email/", views.ConfirmEmailView.as_view(), name="user-confirm-email"),
    path("auth/login/", views.LoginView.as_view(), name="login"),
    path("login/", views.LoginView.as_view(), name="login"),
    path("auth/refresh/", views.RefreshView.as_view(), name="refresh"),
    path("token/refresh/", views.RefreshView.as_view(), name="refresh"),
    path("auth/logout/", views.LogoutView.as_view(), name="logout"),
    path("auth/email/confirm/", views.EmailConfirmView.as_view(), name="email-confirm"),
    path("auth/password/", views.PasswordView.as_view(), name="password"),
    path("auth/password/reset/", views.PasswordResetView.as_view(), name="password-reset"),
    path(
        "auth/password/reset/confirm/",
        views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
]
