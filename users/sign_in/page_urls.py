"""The pages below /accounts/."""

from core.http.routers import make_paths
from users.sign_in import account_pages
from users.sign_in.factors import account_pages as factor_pages
from users.sign_in.view_bases import SecondStepPage

urlpatterns = make_paths(
    ("signup/", account_pages.SignUpPage, "sign-up"),
    ("factors/", factor_pages.FactorsPage, "second-factors"),
    ("passkey/", factor_pages.PasskeyPage, "passkey-sign-in"),
    ("proof/", factor_pages.ProofPage, "prove"),
    ("second-step/", SecondStepPage, "second-step"),
    ("close/", account_pages.ClosePage, "account-close"),
    ("email/confirm/<uidb64>/<token>/", account_pages.ConfirmEmailPage, "email-link"),
    ("password/reset/", account_pages.ResetPage, "password-forgotten"),
    ("password/reset/sent/", account_pages.ResetSentPage, "password-reset-sent"),
    ("password/reset/<uidb64>/<token>/", account_pages.SetPasswordPage, "password-set"),
)
