"""Idempotency-Key: a POST that is sent again, later or concurrently, has one effect and one response."""

import json
import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.crypto import salted_hmac
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.database.postgres.base import fetch
from core.database.transactions import atomic
from core.errors import DomainError
from core.fields import SENT_COST_FIELDS, are_costs_shown, remove_costs
from core.http.browser_forms import KEY_FIELD, PAGE_FIELDS, is_session_form
from core.http.renderers import JSONRenderer
from core.translation import gettext_noop
from idempotency.models import IdempotencyKey

HEADER = "HTTP_IDEMPOTENCY_KEY"
VALID_KEY = re.compile(r"[\x20-\x7e]{1,255}")
CHUNK_BYTES = 64 * 1024

# Inserts the key in the transaction of its effect, and returns a row if the key is new. The response is stored at the
# end. If another transaction is inserting the key, the statement waits, and returns no row if that one commits.
INSERT_KEY = """
INSERT INTO idempotency_idempotencykey (owner_id, key, fingerprint, status, body, created_at)
VALUES (%(owner)s, %(key)s, %(fingerprint)s, 0, '', clock_timestamp())
ON CONFLICT (owner_id, key) DO NOTHING
RETURNING id
"""

# Functions that apps register. They get the user and each key, and refuse keys of other callers.
GUARDS: list[Callable[[Any, str], None]] = []


class InvalidKey(DomainError):
    code = "invalid_idempotency_key"
    detail = gettext_noop("An Idempotency-Key has 1 to 255 printable ASCII characters.")
    when = "the `Idempotency-Key` is not 1 to 255 printable ASCII characters"


class KeyReused(DomainError):
    status = status.HTTP_422_UNPROCESSABLE_ENTITY
    code = "idempotency_key_reused"
    detail = gettext_noop("This Idempotency-Key was used for a different request. Send a new key.")
    when = "the `Idempotency-Key` was used for a different request"


def register_guard(guard: Callable[[Any, str], None]) -> None:
    """Call the function for each key, in the transaction of its effect, also if the key is sent again."""
    GUARDS.append(guard)


def idempotent(handler: Callable[..., Response]) -> Callable[..., Any]:
    """Make the POST handler of a view run once per Idempotency-Key of an account.

    The key is stored in the transaction of its effect. A refusal is an exception, so it rolls both back and the key can
    be used again. The key is locked after the body has been read and before any other row (ADR 16). A concurrent
    request with the same key waits at the unique index until the first commits, and returns the same bytes. A form of
    the pages has its key in the field KEY_FIELD. Its response is rendered again, as a page or a redirect.
    """

    @wraps(handler)
    def handle(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        key = find_idempotency_key(request)
        if key is None or getattr(request.user, "account_id", None) is None:
            return handler(view, request, *args, **kwargs)
        if not (isinstance(key, str) and VALID_KEY.fullmatch(key)):  # a form can have a file in the field of the key
            raise InvalidKey()
        effect = partial(handler, view, request, *args, **kwargs)
        response = run_once(request.user, key, compute_fingerprint(request), effect)
        if HEADER in request.META:
            return response
        replayed = {name: value for name, value in response.headers.items() if name == "Idempotent-Replayed"}
        return Response(json.loads(response.content), status=response.status_code, headers=replayed)

    handle.takes_idempotency_key = True  # type: ignore[attr-defined]
    return handle


def find_idempotency_key(request: Request) -> Any:
    """Return the key in the header or, for a form of the pages, in its field."""
    key = request._request.META.get(HEADER)
    if key is not None:
        return key
    form: Any = request.data
    return form.get(KEY_FIELD) if isinstance(form, QueryDict) and is_session_form(request) else None


@atomic
def run_once(user: Any, key: str, fingerprint: str, effect: Callable[[], Response]) -> HttpResponse:
    """Run the effect and store its response under the key. If a response is stored already, return that instead."""
    owner_id = user.account_id
    for guard in GUARDS:
        guard(user, key)
    stored = IdempotencyKey.objects.filter(owner_id=owner_id, key=key)
    if not fetch(INSERT_KEY, {"owner": owner_id, "key": key, "fingerprint": fingerprint}):  # if the key is not new
        return replay(stored.get(), fingerprint)
    response = effect()
    body = JSONRenderer().render(response.data)
    stored.update(status=response.status_code, body=body)
    return HttpResponse(body, status=response.status_code, content_type="application/json")


def replay(stored: IdempotencyKey, fingerprint: str) -> HttpResponse:
    """Return the stored response. Raise KeyReused if the key was stored for a different request."""
    if stored.fingerprint != fingerprint:
        raise KeyReused()
    headers, body = {"Idempotent-Replayed": "true"}, bytes(stored.body)
    # A worker that sends the same request as the owner gets the response without costs.
    if not are_costs_shown() and remove_costs(data := json.loads(body)):
        body = JSONRenderer().render(data)
    return HttpResponse(body, status=stored.status, content_type="application/json", headers=headers)


def compute_fingerprint(request: Request) -> str:
    """Return a digest that is equal for equal requests: same method, route, query, and parsed body or file.

    The digest is keyed with SECRET_KEY: a body may contain a password, which could be guessed from a plain hash. If a
    worker's request has costs, it equals only requests of the same worker. Otherwise a worker that knows another user's
    key could find out costs by trying which of them return the stored response.
    """
    match = request._request.resolver_match
    route = [match.url_name, match.kwargs] if match else []
    head = json.dumps([request.method, route, sorted(request.query_params.lists())])
    # The salt names a former module. Another one would refuse the keys of running clients as used for other requests.
    digest = salted_hmac("stock.idempotency.fingerprint", head, algorithm="sha256")
    for file in request.FILES.values():
        for chunk in file.chunks(CHUNK_BYTES):
            digest.update(chunk)
    body: Any = request.data
    if isinstance(body, QueryDict):
        body = sorted((name, values) for name, values in body.lists() if name not in {*request.FILES, *PAGE_FIELDS})
    text = json.dumps(body, sort_keys=True)
    digest.update(text.encode())
    if not are_costs_shown() and any(name in text for name in SENT_COST_FIELDS):
        digest.update(f"by {request.user.pk}".encode())
    return digest.hexdigest()


class IdempotentCreate:
    """A mixin for viewsets, whose `create` then accepts an Idempotency-Key."""

    @idempotent
    def create(self, *args: Any, **kwargs: Any) -> Any:
        return super().create(*args, **kwargs)  # type: ignore[misc]
