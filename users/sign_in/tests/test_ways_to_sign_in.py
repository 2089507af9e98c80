"""The places that begin a session or issue a token. New ones have to be added to these tables.

All of it calls `tokens.admit()`. users/sign_in/factors/tests/test_sign_in_matrix.py tries each way to sign in.
"""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver
from rest_framework.response import Response

from testing.cast.authenticator import authenticator_of
from testing.cast.factors import add_passkey, answer_challenge
from testing.cast.people import PASSWORD, make_tokens
from testing.cast.shops import ROLES
from testing.laws.walk import CSV, JSON, address_of, body_of, list_calls
from testing.tables import all_cases
from users.models import Purpose, User
from users.sign_in.account_pages import ResetPage
from users.sign_in.factors.passkeys import issue_challenge
from users.views import AccountView

# What begins a session, issues a token or makes a key: of Django, of SimpleJWT, and of users/.
SESSIONS = {
    "login", "alogin", "force_login", "update_session_auth_hash", "aupdate_session_auth_hash", "SESSION_KEY",
    "BACKEND_SESSION_KEY", "HASH_SESSION_KEY", "_auth_user_id", "SessionStore", "LoginView", "LoginRequiredMiddleware",
    "PasswordResetConfirmView", "PasswordChangeView", "RemoteUserMiddleware", "PersistentRemoteUserMiddleware",
}  # fmt: skip
TOKENS = {
    "RefreshToken", "AccessToken", "SlidingToken", "UntypedToken", "TokenObtainPairView", "TokenObtainPairSerializer",
    "TokenBackend", "jwt",
}  # fmt: skip
OURS = {"open_session", "renew_session", "issue_tokens", "issue_access_token", "make_pair", "rotate", "issue_key"}
OPENERS = SESSIONS | TOKENS | OURS
# Where the product uses them, with the reason why nobody gets in there by a password alone.
KNOWN = {
    "users/sign_in/services.py open_session": ({"login"}, "admit() decides"),
    "users/sign_in/services.py renew_session": (
        {"update_session_auth_hash"},
        "the session of a caller who has just proven",
    ),
    "users/sign_in/tokens.py issue_tokens": ({"RefreshToken", "make_pair"}, "admit() decides"),
    "users/sign_in/tokens.py issue_access_token": ({"AccessToken"}, "admit() decides"),
    "users/sign_in/tokens.py make_pair": ({"RefreshToken"}, "called by issue_tokens() and rotate()"),
    "users/sign_in/tokens.py rotate": ({"RefreshToken", "make_pair"}, "admit() decides by the former proof"),
    "users/sign_in/tokens.py parse_refresh_token": ({"RefreshToken"}, "reads a token"),
    "users/sign_in/tokens.py parse_access_token": ({"AccessToken"}, "reads a token"),
    "users/sign_in/password_services.py change_password": ({"issue_tokens"}, "admit() decides by the caller's proof"),
    "users/sign_in/views.py LoginView.post": ({"issue_tokens"}, "admit() decides"),
    "users/sign_in/views.py RefreshView.post": ({"rotate"}, "admit() decides"),
    "users/keys/views.py KeyViewSet.create": ({"issue_key"}, "requires a fresh proof"),
    "trade/tills/services.py give_key": ({"issue_key"}, "the views require a fresh proof"),
    "users/keys/services.py roll": ({"issue_key"}, "the view requires a fresh proof"),
    "users/urls.py": (
        {"LoginView", "PasswordResetConfirmView"},
        "the routes of the API, which have these names",
    ),
    "users/sign_in/views.py PasswordView.post": ({"update_session_auth_hash"}, "the session of the caller goes on"),
    "users/sign_in/view_bases.py SignInPage.submit": ({"open_session"}, "admit() decides"),
    "users/sign_in/view_bases.py SecondStepPage.submit": ({"open_session"}, "admit() decides"),
    "users/sign_in/account_pages.py SignUpPage.submit": ({"open_session"}, "a new user has no factor"),
    "users/sign_in/account_pages.py SetPasswordPage": (
        {"PasswordResetConfirmView"},
        "submit() is its own, and signs nobody in",
    ),
    "users/sign_in/factors/views.py PasskeyView.post": ({"issue_tokens"}, "admit() decides"),
    "users/sign_in/factors/views.py ProofView.post": ({"issue_access_token"}, "admit() decides"),
    "users/sign_in/factors/views.py FactorViewSet.perform_destroy": ({"renew_session"}, "requires a fresh proof"),
    "users/sign_in/factors/views.py FactorViewSet.confirm": ({"renew_session"}, "requires a fresh proof"),
    "users/sign_in/factors/views.py FactorViewSet.passkeys": ({"renew_session"}, "requires a fresh proof"),
    "users/sign_in/factors/account_pages.py PasskeyPage.submit": ({"open_session"}, "admit() decides"),
    "desk/support/views.py ChangePassword": ({"PasswordChangeView"}, "the session of the caller goes on"),
    "ops/demo/filling.py add_missing_keys": ({"issue_key"}, "only a demo has these keys"),
}
NO_PRODUCT = {"tests", "testing", "migrations", "benchmarks", "bin", "clients", "conftest.py"}

JWT = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")
API_KEY = re.compile(r"inv_\w{12}_[\w-]{43}")
# The operations of the API whose responses have a token or a key.
WITH_TOKENS = {("login", "POST"), ("passkey", "POST"), ("refresh", "POST"), ("password", "POST"), ("proof", "POST")}
WITH_KEYS = {(name, "POST") for name in ("key-list", "key-roll", "till-list", "till-pair")}
# The pages that begin a session, of a user with a second factor and of one without.
SIGN_IN_PAGES = {"/api-auth/login/", "/admin/login/"}
SECOND_PAGES = {"/accounts/second-step/", "/accounts/passkey/"}


# --- The code ------------------------------------------------------------------------------------------------


def list_product_files() -> Iterator[Path]:
    for file in sorted(settings.BASE_DIR.glob("*/**/*.py")):
        parts = file.relative_to(settings.BASE_DIR).parts
        if not NO_PRODUCT & {*parts} and not parts[0].startswith("."):
            yield file


def find_openers(source: str) -> dict[str, set[str]]:
    """Return the names of OPENERS by the functions and classes that use them. An import under another name counts."""
    found = defaultdict(set)

    def walk(parent: ast.AST, place: str) -> None:
        for node in ast.iter_child_nodes(parent):
            if name := name_of(node):
                found[place].add(name)
            is_named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            walk(node, f"{place}.{node.name}".lstrip(".") if is_named else place)

    walk(ast.parse(source), "")
    return found


def name_of(node: ast.AST) -> str:
    """Return the name of OPENERS that this node uses, or an empty text."""
    if isinstance(node, ast.alias):
        used = node.name.split(".")[0] if node.asname or node.name == "jwt" else ""
    elif isinstance(node, ast.Constant):
        used = node.value if node.value == "_auth_user_id" else ""
    else:
        used = getattr(node, "id", getattr(node, "attr", ""))
    return used if used in OPENERS else ""


def test_nothing_but_the_known_code_begins_a_session_or_issues_a_token():
    """If this fails for new code: let `tokens.admit()` decide, and add the place with its reason."""
    found = {}
    for file in list_product_files():
        source, name = file.read_text(), str(file.relative_to(settings.BASE_DIR))
        if any(opener in source for opener in OPENERS):  # parsing is much slower than reading
            found |= {f"{name} {place}".strip(): names for place, names in find_openers(source).items()}
    assert found == {place: names for place, (names, _reason) in KNOWN.items()}


@all_cases(
    "planted",
    [
        "def enter(request):\n    login(request, request.user)",
        "def enter(request):\n    auth.login(request, request.user)",
        "def enter(request):\n    request.session[SESSION_KEY] = 1",
        "def enter(request):\n    request.session['_auth_user_id'] = 1",
        "class enter(auth_views.LoginView): pass",
        "def enter(user):\n    return str(RefreshToken.for_user(user))",
        "def enter(user):\n    return tokens.issue_tokens(user)",
        "class enter:\n    view = TokenObtainPairView.as_view()",
        "def enter():\n    from django.contrib.auth import login as begin\n    begin()",
        "def enter():\n    import jwt",
    ],
)
def test_finds_planted_code(planted):
    """This is the negative control."""
    assert find_openers(planted).keys() == {"enter"}


def test_whatever_begins_a_session_or_issues_a_token_calls_admit():
    for name in ("users/sign_in/services.py", "users/sign_in/tokens.py"):
        tree = ast.parse((settings.BASE_DIR / name).read_text())
        functions = {node.name: ast.unparse(node) for node in tree.body if isinstance(node, ast.FunctionDef)}
        beginning = {"open_session", "issue_tokens", "issue_access_token", "rotate"} & functions.keys()
        assert beginning
        assert all("admit(" in functions[function] for function in beginning)


# --- The responses of the API -------------------------------------------------------------------------------


def find_given(world: Any, role: str, calls: Any) -> tuple[set[Any], set[Any], set[Any]]:
    """Send the operations as the role. Return those whose responses have a token, a key, and a session."""
    client = world.client(role)
    with_token, with_key, with_session = set(), set(), set()
    for call in calls:
        body = body_of(call, role, world)
        sent = (body, CSV) if isinstance(body, str | bytes) else (json.dumps(body) if body else "", JSON)
        with transaction.atomic():
            response = client.generic(call.method, address_of(call, role, world), sent[0], content_type=sent[1])
            transaction.set_rollback(True)
        text, operation = response.getvalue().decode("latin-1"), (call.route, call.method)
        with_token |= {operation} if JWT.search(text + str(response.headers)) else set()
        with_key |= {operation} if API_KEY.search(text) else set()
        with_session |= {operation} if settings.SESSION_COOKIE_NAME in response.cookies else set()
    return with_token, with_key, with_session


# Charlie may do almost everything. `make check-long` tries the other roles.
@pytest.mark.usefixtures("shared_world")
@pytest.mark.parametrize(
    "role", [role if role in ("charlie", "nobody") else pytest.param(role, marks=pytest.mark.long) for role in ROLES]
)
def test_only_the_known_routes_give_tokens_and_keys(world, role):
    with_token, with_key, with_session = find_given(world, role, list_calls())
    assert with_session == set()
    if role in ("alice", "bob", "charlie", "mona"):
        assert (with_token, with_key) == (WITH_TOKENS, WITH_KEYS)
    else:
        own_keys = {("key-list", "POST"), ("key-roll", "POST")} if role == "vera" else set()
        assert (with_token - WITH_TOKENS, with_key) == (set(), own_keys)


@pytest.mark.usefixtures("shared_world")
def test_finds_a_route_that_gives_a_token_or_a_session(world, monkeypatch):
    """This is the negative control."""

    def plant(view, request):
        login(request, request.user)
        return Response({"name": make_tokens(request.user)["access"]})

    monkeypatch.setattr(AccountView, "get", plant)
    calls = [call for call in list_calls() if call.route == "account" and call.method == "GET"]
    assert find_given(world, "charlie", calls) == ({("account", "GET")}, set(), {("account", "GET")})


# --- The pages ----------------------------------------------------------------------------------------------


def list_pages(patterns: Any = None, prefix: str = "/") -> Iterator[str]:
    """Yield the address of every page outside of /api/, with 1 for each parameter."""
    for pattern in patterns or get_resolver().url_patterns:
        address = prefix + re.sub(r"<[^>]+>", "1", str(pattern.pattern)).strip("^$")
        if isinstance(pattern, URLResolver):
            yield from list_pages(pattern.url_patterns, address)
        elif not address.startswith("/api/"):
            yield address


def find_opened(pages: Any, body: dict[str, Any]) -> set[str]:
    """Send the form to all pages, each time as a new visitor. Return those that have begun a session."""
    return {address for address in pages if begins_session(address, body)}


def begins_session(address: str, body: dict[str, Any]) -> bool:
    client = Client(headers={"Accept": "text/html"}, raise_request_exception=False)
    with transaction.atomic():
        client.post(address, body)
        has_cookie = settings.SESSION_COOKIE_NAME in client.cookies  # it may also be one without a user
        began = has_cookie and SESSION_KEY in client.session
        transaction.set_rollback(True)
    return began


def fill_every_form(user: User) -> dict[str, Any]:
    """Return the user's name and password under all names that a form may have."""
    passwords = ("password", "password1", "password2", "new_password1", "new_password2", "old_password")
    passwords += ("new_password", "again", "code")
    return {"username": user.username, "name": user.username, **dict.fromkeys(passwords, PASSWORD)}


def test_lists_the_pages(db):
    assert {*SIGN_IN_PAGES, *SECOND_PAGES, "/accounts/signup/", "/admin/users/user/1/change/"} <= {*list_pages()}


def test_a_name_and_a_password_open_the_sign_in_pages_and_nothing_else(db):
    sam = User.objects.create_user("sam", "sam@desk.example", PASSWORD, is_staff=True)
    assert find_opened(list_pages(), fill_every_form(sam)) == SIGN_IN_PAGES


def test_a_name_and_a_password_open_nothing_for_a_user_with_a_second_factor(db):
    sam = User.objects.create_user("sam", "sam@desk.example", PASSWORD, is_staff=True)
    add_passkey(sam)
    assert find_opened(list_pages(), fill_every_form(sam)) == set()


@pytest.mark.quick
def test_the_pages_of_the_second_step_and_of_passkeys_open_with_a_passkey(alice):
    add_passkey(alice)
    challenge = issue_challenge(Purpose.SECOND_STEP, alice)
    second = {"challenge": challenge, "credential": json.dumps(authenticator_of(alice).answer(challenge))}
    alone = {"credential": json.dumps(answer_challenge(alice))}
    assert find_opened(SECOND_PAGES, second) == {"/accounts/second-step/"}
    assert find_opened(SECOND_PAGES, alone) == {"/accounts/passkey/"}


def test_finds_a_page_that_begins_a_session(alice, monkeypatch):
    """This is the negative control."""

    def plant(page, values):
        login(page.request, User.objects.get(username=values["username"]))
        return HttpResponse("")

    monkeypatch.setattr(ResetPage, "submit", plant)
    assert find_opened(list_pages(), {"username": "alice"}) == {"/accounts/password/reset/"}
