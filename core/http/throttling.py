"""The bounds on what one client may ask for: approximate, and free of statements.

Each process counts by itself in memory: nobody is refused below a limit, and with several processes somebody may get
that many times more. They keep a runaway client from the others' share; they are no security measure.
"""

import time
from threading import Lock
from typing import Any, ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.http.client_address import client_address

SECONDS = 60
SECONDS_AT_ONCE = 15  # how far an account may run ahead of its time: enough for an import of 100,000 rows
SECONDS_UNNOTICED = 2  # who has run ahead by more may have MAX_LONG_REQUESTS requests at a time
MAX_LONG_REQUESTS = 2  # half of a process's threads
MAX_ACCOUNTS = 10_000  # to remember; then those that have no time to make up for are forgotten


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

    Otherwise sixteen connections that search a million products would occupy every thread. The time that an account
    has used, including what runs at this moment, decreases as time passes. Above SECONDS_UNNOTICED the account may run
    MAX_LONG_REQUESTS requests at a time; above SECONDS_AT_ONCE it has to wait. Of requests that take long (streamed
    responses, and views that declare it) it may always run only MAX_LONG_REQUESTS at a time.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        account = getattr(request.user, "account_id", None)
        if not (settings.WORK_SECONDS_PER_MINUTE and account):
            return True
        work = Work(account, getattr(view, "takes_long", False))
        self.too_much = work.begin()
        request._request.work = work  # type: ignore[attr-defined]
        return self.too_much <= 0

    def wait(self) -> float:
        return self.too_much / share()


def share() -> float:
    """How many seconds of work an account may have in a second."""
    return float(settings.WORK_SECONDS_PER_MINUTE / SECONDS)


class Work:
    """One request of an account, from its throttle to the end of its answer."""

    lock: ClassVar[Lock] = Lock()
    used: ClassVar[dict[int, tuple[float, float]]] = {}  # by account: seconds used, and when that was
    running: ClassVar[dict[int, set["Work"]]] = {}  # by account

    def __init__(self, account: int, takes_long: bool) -> None:
        self.account, self.takes_long, self.started = account, takes_long, time.monotonic()

    def begin(self) -> float:
        """How many seconds too much the account has used already; if it is none, the work is on."""
        with self.lock:
            beside = self.running.get(self.account, set())
            now = sum(self.started - other.started for other in beside)
            used = now + self.used_by(self.account, self.started)
            too_much = used - SECONDS_AT_ONCE
            is_dear = used > SECONDS_UNNOTICED and len(beside) >= MAX_LONG_REQUESTS
            if is_dear or (self.takes_long and self.is_one_too_many()):
                too_much = max(too_much, share())  # so that it waits for a second
            if too_much <= 0:
                self.running.setdefault(self.account, set()).add(self)
            return too_much

    def becomes_long(self) -> bool:
        """Whether it may take long as well, as it turns out that it will."""
        with self.lock:
            self.takes_long = not self.is_one_too_many()
            return self.takes_long

    def is_one_too_many(self) -> bool:
        beside = self.running.get(self.account, set()) - {self}
        return sum(other.takes_long for other in beside) >= MAX_LONG_REQUESTS

    def end(self) -> None:
        """Once or more: the time that it took is used."""
        with self.lock:
            beside = self.running.get(self.account, set())
            if self not in beside:
                return
            beside.remove(self)
            if not beside:
                del self.running[self.account]
            now = time.monotonic()
            self.used[self.account] = self.used_by(self.account, now) + now - self.started, now
            if len(self.used) > MAX_ACCOUNTS:
                Work.used = {account: had for account, had in self.used.items() if self.used_by(account, now)}

    @classmethod
    def used_by(cls, account: int, now: float) -> float:
        used, then = cls.used.get(account, (0.0, now))
        return max(0.0, used - (now - then) * share())
