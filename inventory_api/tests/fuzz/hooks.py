"""Signs the fuzzer in to a new account as FUZZ_AS: `owner`, `worker`, or `nobody` for no token."""

import os
import uuid
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import requests
import schemathesis

PASSWORD = "long-enough-9"
TIMEOUT_SECONDS = 30
MAX_QUERY_LENGTH = 3_500  # the server answers 414 to longer addresses, which no operation of the schema describes
ROLE = os.environ["FUZZ_AS"]
ENDED = ("user_inactive", "token_revoked")  # codes of answers to a token that was valid before
# These requests may revoke the caller's own tokens: closing the account, in two ways, and changing the password.
REVOKING_PATHS = ("/api/users/me/", "/api/users/{id}/", "/api/auth/password/")


class Caller:
    """Keeps the token of the current account, and creates a new account when the last one was closed."""

    token: str | None = None

    def get_token(self, base: str) -> str:
        if self.token is None:
            owner = sign_up(base)
            self.token = owner if ROLE == "owner" else employ(base, owner)
        return self.token

    def forget(self) -> None:
        self.token = None


def post(base: str, path: str, body: dict[str, str], token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.post(f"{base}{path}", json=body, headers=headers, timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    return answer.json()


def sign_up(base: str) -> str:
    name = f"fuzz-{uuid.uuid4().hex}"
    post(base, "/api/register/", {"username": name, "password": PASSWORD})
    return sign_in(base, name)


def employ(base: str, owner: str) -> str:
    name = f"fuzz-{uuid.uuid4().hex}"
    post(base, "/api/users/", {"username": name, "password": PASSWORD}, owner)
    return sign_in(base, name)


def sign_in(base: str, name: str) -> str:
    return str(post(base, "/api/login/", {"username": name, "password": PASSWORD})["access"])


caller = Caller()


@schemathesis.auth(refresh_interval=None)
class Token:
    """Returns the token. schemathesis calls get() before each request."""

    def get(self, case: Any, context: Any) -> str | None:
        return None if ROLE == "nobody" else caller.get_token(case.operation.base_url.rstrip("/"))

    def set(self, case: Any, data: str | None, context: Any) -> None:
        if data is not None:
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def filter_query(context: Any, query: dict[str, Any] | None) -> bool:
    """Return whether the address is short enough for the server."""
    return len(urlencode(query or {}, doseq=True, errors="replace")) <= MAX_QUERY_LENGTH


def may_revoke(case: Any) -> bool:
    return case.method in ("DELETE", "POST") and case.path in REVOKING_PATHS


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    if may_revoke(case) and response.status_code < 300:
        caller.forget()


@schemathesis.check
def token_is_valid(context: Any, response: Any, case: Any) -> None:
    """Fail if the caller's token has ended, because no later request would test anything: see REVOKING_PATHS.

    A revoking request may be followed by one that schemathesis prepared before, with the same token.
    """
    if response.status_code == HTTPStatus.UNAUTHORIZED and not may_revoke(case):
        assert not any(code in response.text for code in ENDED), "The caller's token has ended."


@schemathesis.hook
def before_call(context: Any, case: Any, **kwargs: Any) -> None:
    """Use a new idempotency key for each call of a chain.

    With the same key, a second POST would get the response of the first, whose row may be deleted by now.
    """
    headers = case.headers or {}
    if case.meta and case.meta.phase.name.value == "stateful" and "Idempotency-Key" in headers:
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
