"""Addresses of the pages to sign up, set a password and close an account."""

from django.urls import path

from users import account_pages
from users.view_bases import use_refusal_status

urlpatterns = [
    path("signup/", use_refusal_status(account_pages.SignUpPage.as_view()), name="sign-up"),
    path("close/", use_refusal_status(account_pages.ClosePage.as_view()), name="account-close"),
    path("email/confirm/<uidb64>/<token>/", account_pages.ConfirmEmailPage.as_view(), name="email-link"),
    path("password/reset/", use_refusal_status(account_pages.ResetPage.as_view()), name="password-forgotten"),
    path("password/reset/sent/", account_pages.ResetSentPage.as_view(), name="password-reset-sent"),
    path(
        "password/reset/<uidb64>/<token>/",
        use_refusal_status(account_pages.SetPasswordPage.as_view()),
        name="password-set",
    ),
]
