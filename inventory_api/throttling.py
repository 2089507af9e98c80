"""The bounds on what one client may ask for: approximate, and free of statements.

Each process counts by itself in memory: nobody is refused below a limit, and with several processes somebody may get
that many times more. They keep a runaway client from the others' share; they are no security measure.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from inventory_api.client_address import client_address

SECONDS = 60
SECONDS_AT_ONCE = 30  # how far an account may run ahead of its time: enough for an import of 100,000 rows or two
MOST_ACCOUNTS = 10_000  # to remember; then those that have no time to make up for are forgotten


class RequestThrottle(BaseThrottle):
    """REQUESTS_PER_MINUTE for a user, or an address that has not signed in."""

    lock: ClassVar[Lock] = Lock()
    minute: ClassVar[int] = 0
    counts: ClassVar[dict[str, int]] = {}

    def allow_request(self, request: Request, view: Any) -> bool:
        if not settings.REQUESTS_PER_MINUTE:
            return True
        who = f"user:{request.user.pk}" if request.user.is_authenticated else client_address(request)
        return self.count(who, int(time.time() // SECONDS)) <= settings.REQUESTS_PER_MINUTE

    def wait(self) -> float:
        return SECONDS - time.time() % SECONDS

    @classmethod
    def count(cls, who: str, minute: int) -> int:
        with cls.lock:
            if minute != cls.minute:
                cls.minute, cls.counts = minute, {}
            cls.counts[who] = cls.counts.get(who, 0) + 1
            return cls.counts[who]


class TimeThrottle(BaseThrottle):
    """WORK_SECONDS_PER_MINUTE for an account: dear requests are fewer than cheap ones.

    Without it sixteen connections that search a million products would keep every thread to themselves. The time
    that an account has used goes down as time goes by; above SECONDS_AT_ONCE it has to wait.
    """

    lock: ClassVar[Lock] = Lock()
    used: ClassVar[dict[int, tuple[float, float]]] = {}  # by account: seconds used, and when that was

    def allow_request(self, request: Request, view: Any) -> bool:
        account = getattr(request.user, "account_id", None)
        self.too_much = 0.0
        if settings.WORK_SECONDS_PER_MINUTE and account:
            request._request.timed_account = account  # type: ignore[attr-defined]
            self.too_much = self.add(account, 0) - SECONDS_AT_ONCE
        return self.too_much <= 0

    def wait(self) -> float:
        return self.too_much / share()

    @classmethod
    def add(cls, account: int, seconds: float) -> float:
        """What the account has used by now, these seconds included."""
        now = time.monotonic()
        with cls.lock:
            if len(cls.used) > MOST_ACCOUNTS:
                cls.used = {one: had for one, had in cls.used.items() if left(*had, now)}
            used = left(*cls.used.get(account, (0.0, now)), now) + seconds
            cls.used[account] = used, now
            return used


def share() -> float:
    """How many seconds of work an account may have in a second."""
    return float(settings.WORK_SECONDS_PER_MINUTE / SECONDS)


def left(used: float, then: float, now: float) -> float:
    return max(0.0, used - (now - then) * share())


class TimeUsed:
    """Middleware: tells TimeThrottle how long each request has taken, the sending of a streamed answer included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        response: Any = self.get_response(request)
        if account := getattr(request, "timed_account", None):
            TimeThrottle.add(account, time.monotonic() - started)
            if response.streaming:
                response.streaming_content = timed(account, response.streaming_content)
        return response  # type: ignore[no-any-return]


def timed(account: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    started = time.monotonic()
    try:
        yield from pieces
    finally:
        TimeThrottle.add(account, time.monotonic() - started)
