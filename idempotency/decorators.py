"""Idempotency-Key: a POST sent twice has one effect and one answer, however late and however many at once."""

import json
import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.db import connection
from django.http import HttpResponse, QueryDict
from django.utils.crypto import salted_hmac
from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import DomainError
from core.transactions import atomic
from idempotency.models import IdempotencyKey

KEY = re.compile(r"[\x20-\x7e]{1,255}")
CHUNK_BYTES = 64 * 1024

# Inserts the key in the transaction of its effect, and returns a row if the key was new; the response is stored with it
# at the end. If another transaction is inserting the key, waits for it, and returns no row once that commits.
INSERT_KEY = """
INSERT INTO stock_idempotencykey (owner_id, key, fingerprint, status, body, created_at)
VALUES (%(owner)s, %(key)s, %(fingerprint)s, 0, '', clock_timestamp())
ON CONFLICT (owner_id, key) DO NOTHING
RETURNING id
"""


class InvalidKey(DomainError):
    code = "invalid_idempotency_key"
    detail = "An Idempotency-Key has 1 to 255 printable ASCII characters."


class KeyReused(DomainError):
    status = status.HTTP_422_UNPROCESSABLE_ENTITY
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used for another request: take a new one."


def idempotent(handler: Callable[..., Response]) -> Callable[..., Any]:
    """Make a view's POST handler honour the key.

    The key is stored in the effect's own transaction, so either both are there or neither: a refusal, being an
    exception, does not use the key up. The key is locked before anything else, and after the body has been read: see
    docs/decisions/0016-the-order-of-locks.md. A twin waits at the unique index until the first has committed, and is
    answered with the first answer's bytes.
    """

    @wraps(handler)
    def handle(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        owner_id = getattr(request.user, "account_id", None)
        if key is None or owner_id is None:
            return handler(view, request, *args, **kwargs)
        if not KEY.fullmatch(key):
            raise InvalidKey()
        return run_once(owner_id, key, fingerprint(request), partial(handler, view, request, *args, **kwargs))

    handle.takes_idempotency_key = True  # type: ignore[attr-defined]
    return handle


@atomic
def run_once(owner_id: int, key: str, digest: str, effect: Callable[[], Response]) -> HttpResponse:
    """Return the response of the effect, or the one that is stored under the key."""
    stored = IdempotencyKey.objects.filter(owner_id=owner_id, key=key)
    if not insert_key(owner_id, key, digest):
        return replay(stored.get(), digest)
    response = effect()
    body = JSONRenderer().render(response.data)
    stored.update(status=response.status_code, body=body)
    return HttpResponse(body, status=response.status_code, content_type="application/json")


def insert_key(owner_id: int, key: str, digest: str) -> bool:
    """Return whether the key is new, so that the request must be carried out."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT_KEY, {"owner": owner_id, "key": key, "fingerprint": digest})
        return cursor.fetchone() is not None


def replay(stored: IdempotencyKey, digest: str) -> HttpResponse:
    """Return the stored response. Raise KeyReused if the key was stored for a different request."""
    if stored.fingerprint != digest:
        raise KeyReused()
    headers = {"Idempotent-Replayed": "true"}
    return HttpResponse(bytes(stored.body), status=stored.status, content_type="application/json", headers=headers)


def fingerprint(request: Request) -> str:
    """What makes two requests the same: the route whatever its name, the query, and the parsed body or the file.

    Keyed by the secret: a body may hold a password, which could be guessed from a plain hash.
    """
    match = request._request.resolver_match
    route = [match.url_name, match.kwargs] if match else []
    asked = json.dumps([request.method, route, sorted(request.query_params.lists())])
    digest = salted_hmac("stock.idempotency.fingerprint", asked, algorithm="sha256")
    for file in request.FILES.values():
        for chunk in file.chunks(CHUNK_BYTES):
            digest.update(chunk)
    body: Any = request.data
    if isinstance(body, QueryDict):
        body = sorted((name, values) for name, values in body.lists() if name not in request.FILES)
    digest.update(json.dumps(body, sort_keys=True).encode())
    return digest.hexdigest()


class IdempotentCreate:
    """For a viewset whose `create` is the base's."""

    @idempotent
    def create(self, *args: Any, **kwargs: Any) -> Any:
        return super().create(*args, **kwargs)  # type: ignore[misc]
