"""Stored rows and mailed links contain names of modules. The names stay valid after the modules have moved."""

from datetime import UTC, datetime

from users.models import User
from users.sign_in import password_services
from users.sign_in.factors import passkeys, proving

KEY = "old-secret-key-" * 3
STORED = b"gAAAAABrCDistOsjpvTOz_xHKcbnoOavlDQ3mXeI_c66leHB89ipr0AOjj_LB5ahO4F1X1r5CWbukvJgV5a0LR-1Q-2Mbsh_Nw=="
HANDLE = "ffbda3eb364b7800eb53991851339a02a17cf3e1592eec0459915ac876ebe272"


def test_an_old_secret_of_an_app_is_readable(settings):
    settings.SECRET_KEY = KEY
    assert proving.decrypt(STORED) == b"a secret"


def test_an_old_passkey_has_the_handle_of_its_user():
    user = User(pk=7, date_joined=datetime(2026, 1, 1, tzinfo=UTC))
    assert passkeys.make_handle(user).hex() == HANDLE


def test_an_old_link_is_signed_with_the_same_salt():
    salts = [
        tokens.key_salt
        for tokens in (password_services.RESET, password_services.INVITATION, password_services.CONFIRMATION)
    ]
    assert salts == ["users.links.reset", "users.links.invitation", "users.links.confirmation"]


def test_an_old_session_names_a_backend_that_is_still_used(settings):
    assert "users.backends.AccountBackend" in settings.AUTHENTICATION_BACKENDS
