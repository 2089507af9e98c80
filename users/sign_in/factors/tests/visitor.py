"""A visitor that tries to sign in."""

import json
import re
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client

JWT = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")
PASSKEY_WAYS = ("/api/auth/passkey/", "/accounts/passkey/")


class Visitor:
    """A visitor that tries to sign in. Collects whether any response has a token, and whether a session has begun."""

    def __init__(self) -> None:
        self.client, self.texts = Client(), []

    def post(self, address: str, body: dict[str, Any], **headers: str) -> Any:
        response = self.client.post(address, body, **headers)
        self.texts.append(response.text)
        return response

    @property
    def is_in(self) -> bool:
        has_session = settings.SESSION_COOKIE_NAME in self.client.cookies and SESSION_KEY in self.client.session
        return has_session or any(JWT.search(text) for text in self.texts)


def send_passkey(way: str, credential: Any) -> bool:
    visitor = Visitor()
    if way.startswith("/api/"):
        visitor.post(way, {"credential": credential}, content_type="application/json")
    else:
        visitor.post(way, {"credential": json.dumps(credential)})
    return visitor.is_in
