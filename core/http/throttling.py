"""Limits on the requests and the working time of one client. They are approximate and cost no SQL statement.

Each process counts in its own memory, so no client is refused below a limit, and with n processes a client may get up
to n times the limit. They are no security measure, but keep a faulty client from using the capacity of others.
"""

import math
import time
from threading import Lock
from types import SimpleNamespace
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.database.transactions import RETRY_LATER
from core.http.base import Middleware
from core.http.clients import client_address
from core.http.errors import json_error

WINDOW_SECONDS = 60
# The working time by which an account may exceed its budget; an import of 100,000 rows needs less.
MAX_SECONDS_AHEAD = 15
# An account that exceeds its budget by more than this may run only MAX_LONG_REQUESTS requests at a time.
MAX_UNRESTRICTED_SECONDS = 2
MAX_LONG_REQUESTS = 2  # half of a process's threads
MAX_ACCOUNTS = 10_000  # if more accounts are remembered, those without used time are forgotten


class RequestThrottle(BaseThrottle):
    """Allows a user, or the address of a client that is not signed in, at most REQUESTS_PER_MINUTE."""

    lock: ClassVar[Lock] = Lock()
    minute: ClassVar[int] = 0
    counts: ClassVar[dict[str, int]] = {}

    def allow_request(self, request: Request, view: Any) -> bool:
        limit = settings.REQUESTS_PER_MINUTE
        if not limit or hasattr(request._request, "page"):
            return True
        client = f"user:{request.user.pk}" if request.user.is_authenticated else client_address(request)
        minute, second = divmod(time.time(), WINDOW_SECONDS)
        remaining, self.seconds_left = limit - self.count(client, int(minute)), WINDOW_SECONDS - second
        rate_limit = f'"requests";r={max(remaining, 0)};t={math.ceil(self.seconds_left)}'
        request._request.rate_limit = rate_limit  # type: ignore[attr-defined]
        return remaining >= 0

    def wait(self) -> float:
        return self.seconds_left

    @classmethod
    def count(cls, client: str, minute: int) -> int:
        """Count a request, and return the number of the client's requests in this minute."""
        with cls.lock:
            if minute != cls.minute:
                cls.minute, cls.counts = minute, {}
            cls.counts[client] = cls.counts.get(client, 0) + 1
            return cls.counts[client]


class TimeThrottle(BaseThrottle):
    """Allows an account at most WORK_SECONDS_PER_MINUTE of working time. Expensive requests use it up sooner.

    Without it, sixteen connections that search a million products would occupy every thread. The used time of an
    account includes that of running requests, and decreases as time passes. Above MAX_UNRESTRICTED_SECONDS the account
    may run MAX_LONG_REQUESTS requests at a time; above MAX_SECONDS_AHEAD it has to wait. The same number limits its
    long requests at any time: streamed responses, views with `is_long_running`, and what calls count_as_long().
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        account = getattr(request.user, "account_id", None)
        if not (settings.WORK_SECONDS_PER_MINUTE and account):
            return True
        if hasattr(request._request, "page"):
            timer_of_page: WorkTimer = request._request.work_timer  # type: ignore[attr-defined]
            self.excess_seconds = get_budget_per_second()
            return not getattr(view, "is_long_running", False) or timer_of_page.mark_long_running()
        timer = WorkTimer(account, getattr(view, "is_long_running", False))
        self.excess_seconds = timer.start()
        request._request.work_timer = timer  # type: ignore[attr-defined]
        return self.excess_seconds <= 0

    def wait(self) -> float:
        """Return the seconds until the used time is within the limit again."""
        return self.excess_seconds / get_budget_per_second()


def admit_page(request: HttpRequest) -> float:
    """Count a request of a page outside of the API and start its timer. Return the seconds to wait if it is refused."""
    # A request that the page sends to the API has the page's request as `page`: it is not counted again.
    counted: Any = SimpleNamespace(user=request.user, META=request.META, _request=request)
    throttles = (RequestThrottle(), TimeThrottle())
    return next((throttle.wait() for throttle in throttles if not throttle.allow_request(counted, None)), 0.0)


def count_as_long(request: Request) -> None:
    """Count the running request as a long one. Raise Throttled if the account runs too many of them."""
    timer: WorkTimer | None = getattr(request._request, "work_timer", None)
    if timer and not timer.mark_long_running():
        raise Throttled(1)


def get_budget_per_second() -> float:
    return float(settings.WORK_SECONDS_PER_MINUTE / WINDOW_SECONDS)


class WorkTimer:
    """Measures the working time of one request, from its throttle to the end of its response."""

    lock: ClassVar[Lock] = Lock()
    # The used seconds of each account, and the time when they were computed.
    used: ClassVar[dict[int, tuple[float, float]]] = {}
    running: ClassVar[dict[int, set["WorkTimer"]]] = {}  # the running timers of each account

    def __init__(self, account: int, is_long_running: bool) -> None:
        self.account, self.is_long_running, self.started = account, is_long_running, time.monotonic()

    def start(self) -> float:
        """Start the timer and return 0 or less. If the account exceeds its limit, return the seconds of the excess."""
        with self.lock:
            others = self.running.get(self.account, set())
            seconds_of_others = sum(self.started - other.started for other in others)
            used = seconds_of_others + self.get_used_seconds(self.account, self.started)
            excess_seconds = used - MAX_SECONDS_AHEAD
            has_too_many_requests = used > MAX_UNRESTRICTED_SECONDS and len(others) >= MAX_LONG_REQUESTS
            if has_too_many_requests or (self.is_long_running and self.has_too_many_long_requests()):
                # The client waits for at least one second.
                excess_seconds = max(excess_seconds, get_budget_per_second())
            if excess_seconds <= 0:
                self.running.setdefault(self.account, set()).add(self)
            return excess_seconds

    def mark_long_running(self) -> bool:
        """Count the running request as a long one. Return False if the account runs too many of them."""
        with self.lock:
            self.is_long_running = not self.has_too_many_long_requests()
            return self.is_long_running

    def has_too_many_long_requests(self) -> bool:
        """Return whether the account runs MAX_LONG_REQUESTS long requests besides this one."""
        others = self.running.get(self.account, set()) - {self}
        return sum(other.is_long_running for other in others) >= MAX_LONG_REQUESTS

    def stop(self) -> None:
        """Charge the elapsed time to the account. Further calls have no effect."""
        with self.lock:
            running = self.running.get(self.account, set())
            if self not in running:
                return
            running.remove(self)
            if not running:
                del self.running[self.account]
            now = time.monotonic()
            self.used[self.account] = self.get_used_seconds(self.account, now) + now - self.started, now
            if len(self.used) > MAX_ACCOUNTS:
                kept = [account for account in self.used if self.get_used_seconds(account, now)]
                WorkTimer.used = {account: self.used[account] for account in kept}

    @classmethod
    def get_used_seconds(cls, account: int, now: float) -> float:
        """Return the seconds that were charged to the account, less the budget for the time since then."""
        used, then = cls.used.get(account, (0.0, now))
        return max(0.0, used - (now - then) * get_budget_per_second())


class TimeAccounting(Middleware):
    """Middleware that stops the work timer of each request, and sets the headers that tell how many requests remain."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: Any = self.stop_timer(request, self.get_response(request))
        if rate_limit := getattr(request, "rate_limit", None):
            response.headers["RateLimit"] = rate_limit
            policy = f'"requests";q={settings.REQUESTS_PER_MINUTE};w={WINDOW_SECONDS}'
            # Each process counts for itself, so a client that uses several connections gets more.
            response.headers["RateLimit-Policy"] = f"{policy};processes={settings.WEB_CONCURRENCY}"
        return response  # type: ignore[no-any-return]

    def stop_timer(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        """Return the response, or a 429 instead of a streamed one if the account runs too many long requests."""
        timer: WorkTimer | None = getattr(request, "work_timer", None)
        if timer and response.streaming and timer.mark_long_running():
            response._resource_closers.append(timer.stop)  # it is called even if nothing was read from the response
        elif timer:
            timer.stop()
            if response.streaming:
                refused = Throttled(1)
                return json_error({"detail": refused.detail, "code": refused.default_code}, 429, RETRY_LATER)
        return response  # type: ignore[no-any-return]
