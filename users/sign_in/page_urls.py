"""The pages below /accounts/."""

from django.urls import path

from users.sign_in import account_pages
from users.sign_in.door import SecondStepPage
from users.sign_in.factors import account_pages as factor_pages

urlpatterns = [
    path("signup/", account_pages.SignUpPage.as_view(), name="sign-up"),
    path("factors/", factor_pages.FactorsPage.as_view(), name="second-factors"),
    path("passkey/", factor_pages.PasskeyPage.as_view(), name="passkey-sign-in"),
    path("proof/", factor_pages.ProofPage.as_view(), name="prove"),
    path("second-step/", SecondStepPage.as_view(), name="second-step"),
    path("close/", account_pages.ClosePage.as_view(), name="account-close"),
    path("email/confirm/<uidb64>/<token>/", account_pages.ConfirmEmailPage.as_view(), name="email-link"),
    path("password/reset/", account_pages.ResetPage.as_view(), name="password-forgotten"),
    path("password/reset/sent/", account_pages.ResetSentPage.as_view(), name="password-reset-sent"),
    path("password/reset/<uidb64>/<token>/", account_pages.SetPasswordPage.as_view(), name="password-set"),
]
