"""Decide what follows an attempt: the next event, another attempt, or a webhook that is switched off."""

from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import NamedTuple

MINUTE, HOUR = 60, 3600
# The seconds before the second attempt, the third, and so on. If all attempts fail, the webhook is switched off.
RETRY_SECONDS = (
    5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
)  # fmt: skip
MAX_RETRY_AFTER_SECONDS = 24 * HOUR
MAX_REFUSALS = 3  # the most refusals of an event by a 4xx that another attempt would get as well
TEMPORARY_4XX = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class Verdict(Enum):
    NEXT = "the event is delivered"
    DEAD = "the event is given up, and the next one follows"
    AGAIN = "the event is sent again later"
    GONE = "the receiver wants no more events"
    UNREACHABLE = "all attempts have failed"


class Decision(NamedTuple):
    """The decision after an attempt, and the counts for the event that is sent next."""

    verdict: Verdict
    failures: int = 0
    refusals: int = 0
    wait_seconds: int = 0


def decide(status: int | None, *, failures: int, refusals: int, retry_after: int = 0) -> Decision:
    """Return the decision after an attempt with this status. A status of None means that there was no response.

    `failures` and `refusals` are the counts before the attempt. `retry_after` can lengthen the wait, except after a
    final refusal, but never shorten it: a receiver that is busy for a minute would use up all attempts in that minute.
    """
    if status is not None and 200 <= status < 300:
        return Decision(Verdict.NEXT)
    if status == HTTPStatus.GONE:
        return Decision(Verdict.GONE)
    failures += 1
    # Another attempt would not change such a refusal.
    is_refusal = status is not None and 400 <= status < 500 and status not in TEMPORARY_4XX
    refusals += is_refusal
    if refusals >= MAX_REFUSALS and is_refusal:
        return Decision(Verdict.DEAD)
    if failures > len(RETRY_SECONDS):
        return Decision(Verdict.UNREACHABLE)
    wait = RETRY_SECONDS[failures - 1]
    return Decision(Verdict.AGAIN, failures, refusals, wait if is_refusal else max(wait, retry_after))


def parse_retry_after(text: str | None, now: float) -> int:
    """Return the seconds of a `Retry-After`, which is a number or a date. Return 0 if it is absent or malformed."""
    if not text:
        return 0
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:10]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0
    return int(min(max(0.0, moment - now), MAX_RETRY_AFTER_SECONDS))
