"""The user of the running request, and the way by which the request came. The history records both of each change."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.http import HttpRequest

SUPPORT_DESK = "/admin/"

running_request: ContextVar[HttpRequest | None] = ContextVar("running_request", default=None)
importing: ContextVar[bool] = ContextVar("importing", default=False)


class Actor(NamedTuple):
    user_id: int | None
    via: str


def find_actor() -> Actor:
    """Return the user of the running request, and its way. Without a request, a command or a job of the worker runs."""
    request = running_request.get()
    if request is None:
        return Actor(None, "command")
    user: Any = getattr(request, "user", None)
    if importing.get():
        way = "import"
    elif getattr(user, "api_key", None):
        way = "key"
    elif request.path_info.startswith(SUPPORT_DESK):
        way = "desk"
    else:
        way = "api" if "HTTP_AUTHORIZATION" in request.META else "page"
    return Actor(getattr(user, "pk", None), way)


@contextmanager
def act_by_import() -> Iterator[None]:
    """Make "import" the way of all changes in the block."""
    token = importing.set(True)
    try:
        yield
    finally:
        importing.reset(token)
