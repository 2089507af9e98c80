"""Idempotency-Key: a POST that is sent again, later or concurrently, has one effect and one response."""

import json
import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

from django.http import HttpResponse, QueryDict
from django.utils.crypto import salted_hmac
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.database.postgres.base import fetch
from core.database.transactions import atomic
from core.errors import DomainError
from core.fields import SENT_COST_FIELDS, are_costs_shown, remove_costs
from core.http.browsers import KEY_FIELD, KEY_HEADER, PAGE_FIELDS, is_session_form
from core.http.renderers import JSONRenderer
from records.idempotency.hooks import KEYS
from records.idempotency.models import IdempotencyKey

VALID_KEY = re.compile(r"[\x20-\x7e]{1,255}")
CHUNK_BYTES = 64 * 1024

# Inserts the key in the transaction of its effect, and returns a row if the key is new. The response is stored at the
# end: until then, the status is 0. If another transaction is inserting the key, the statement waits, and returns no row
# if that one commits.
INSERT_KEY = """
INSERT INTO idempotency_idempotencykey (owner_id, key, fingerprint, status, body, created_at)
VALUES (%(owner)s, %(key)s, %(fingerprint)s, 0, '', clock_timestamp())
ON CONFLICT (owner_id, key) DO NOTHING
RETURNING id
"""

Handler = TypeVar("Handler", bound=Callable[..., Any])
Part = tuple[Any, Response | None]  # what a request has done so far, as JSON, and the response of the last part


class InvalidKey(DomainError):
    code = "invalid_idempotency_key"
    detail = "An Idempotency-Key has 1 to 255 printable ASCII characters."
    when = "the `Idempotency-Key` is not 1 to 255 printable ASCII characters"


class KeyReused(DomainError):
    status = status.HTTP_422_UNPROCESSABLE_ENTITY
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used for a different request. Send a new key."
    when = "the `Idempotency-Key` was used for a different request"


def takes_key(handler: Handler) -> Handler:
    """Mark the handler of a view for the schema and the forms: it, or what it calls, uses an Idempotency-Key."""
    handler.takes_idempotency_key = True  # type: ignore[attr-defined]
    return handler


def idempotent(handler: Callable[..., Response]) -> Callable[..., Any]:
    """Make the POST handler of a view run once per Idempotency-Key of an account.

    The key is stored in the transaction of its effect. A refusal is an exception, so it rolls both back and the key can
    be used again. The key is locked after the body has been read and before any other row (ADR 16). A concurrent
    request with the same key waits at the unique index until the first commits, and returns the same bytes. A form of
    the pages has its key in the field KEY_FIELD. Its response is rendered again, as a page or a redirect.
    """

    @wraps(handler)
    def handle(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        effect = partial(handler, view, request, *args, **kwargs)
        return respond(request, effect, partial(run_once, effect))

    return takes_key(handle)


def idempotent_in_parts(handler: Callable[..., Part]) -> Callable[..., Any]:
    """Make the POST handler of a view, which needs several transactions, run once per Idempotency-Key of an account.

    `handler(view, request, done, …)` does the next part in a transaction. `done` is what the part before has returned,
    None for the first one: JSON that says how far the request has come. With a key it is stored in the transaction of
    each part. So the same request goes on after a crash, and concurrent ones take turns and return the same bytes. A
    refusal of the first part rolls the key back. Later parts should not refuse.
    """

    @wraps(handler)
    def handle(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        def do_part(done: Any) -> Part:
            return handler(view, request, done, *args, **kwargs)

        return respond(request, partial(repeat, do_part), partial(run_parts, do_part))

    return takes_key(handle)


def respond(request: Request, effect: Callable[[], Response], run: Callable[[Any, str, str], HttpResponse]) -> Any:
    """Return the response of the effect or, if the request has a key, that of `run(user, key, fingerprint)`."""
    key = find_idempotency_key(request)
    if key is None or getattr(request.user, "account_id", None) is None:
        return effect()
    if not (isinstance(key, str) and VALID_KEY.fullmatch(key)):  # a form can have a file in the field of the key
        raise InvalidKey()
    response = run(request.user, key, compute_fingerprint(request))
    if KEY_HEADER in request.META:
        return response
    replayed = {name: value for name, value in response.headers.items() if name == "Idempotent-Replayed"}
    return Response(json.loads(response.content), status=response.status_code, headers=replayed)


def repeat(do_part: Callable[[Any], Part]) -> Response:
    """Do all parts, and return the response of the last one."""
    done, response = do_part(None)
    while response is None:
        done, response = do_part(done)
    return response


def find_idempotency_key(request: Request) -> Any:
    """Return the key in the header or, for a form of the pages, in its field."""
    key = request._request.META.get(KEY_HEADER)
    if key is not None:
        return key
    form: Any = request.data
    return form.get(KEY_FIELD) if isinstance(form, QueryDict) and is_session_form(request) else None


@atomic
def run_once(effect: Callable[[], Response], user: Any, key: str, fingerprint: str) -> HttpResponse:
    """Run the effect and store its response under the key. If a response is stored already, return that instead."""
    is_new, stored = insert_key(user, key, fingerprint)
    return store_response(stored, effect()) if is_new else replay(stored.get(), fingerprint)


def run_parts(do_part: Callable[[Any], Part], user: Any, key: str, fingerprint: str) -> HttpResponse:
    """Do the parts that are not done yet, and return the response of the last one, or the stored response."""
    while (response := run_part(do_part, user, key, fingerprint)) is None:
        pass
    return response


@atomic
def run_part(do_part: Callable[[Any], Part], user: Any, key: str, fingerprint: str) -> HttpResponse | None:
    """Do the next part while the key is locked. Return the response if it was the last one, or if it is stored."""
    _, rows = insert_key(user, key, fingerprint)
    stored = rows.select_for_update(no_key=True).get()
    if stored.status or stored.fingerprint != fingerprint:
        return replay(stored, fingerprint)
    done, response = do_part(json.loads(bytes(stored.body)) if stored.body else None)
    if response is not None:
        return store_response(rows, response)
    rows.update(body=json.dumps(done).encode())
    return None


def insert_key(user: Any, key: str, fingerprint: str) -> tuple[bool, Any]:
    """Insert the key unless it exists. Return whether it is new, and its row as a queryset."""
    owner_id = user.account_id
    for hook in KEYS:
        hook.before_insert(user, key)
    is_new = bool(fetch(INSERT_KEY, {"owner": owner_id, "key": key, "fingerprint": fingerprint}))
    return is_new, IdempotencyKey.objects.filter(owner_id=owner_id, key=key)


def store_response(rows: Any, response: Response) -> HttpResponse:
    """Store the response in the row of the key, and return the bytes that were stored."""
    body = JSONRenderer().render(response.data)
    rows.update(status=response.status_code, body=body)
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
