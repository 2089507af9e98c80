"""The bound on requests: approximate, and free of statements."""

import time
from threading import Lock
from typing import Any, ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from inventory_api.client_address import client_address

SECONDS = 60


class RequestThrottle(BaseThrottle):
    """REQUESTS_PER_MINUTE for a user, or an address that has not signed in.

    Each process counts by itself in memory: nobody is refused below the limit, and with several processes somebody
    may get that many times more. A bound against a runaway client, not a security measure.
    """

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
