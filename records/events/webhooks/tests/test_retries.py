"""The decision after each status, and the length of the waits."""

import pytest

from records.events.webhooks.connection import (
    MAX_RETRY_AFTER_SECONDS,
    RETRY_SECONDS,
    Verdict,
    decide,
    parse_retry_after,
)
from testing.tables import all_cases

NOW = 1_700_000_000  # Tue, 14 Nov 2023 22:13:20 GMT


def test_the_waits_are_those_of_the_contract():
    hours = [3600 * number for number in (2, 5, 10, 14, 20, 24)]
    assert [5, 5 * 60, 30 * 60, *hours] == list(RETRY_SECONDS)


@all_cases(
    ("status", "verdict"),
    [
        *((status, Verdict.NEXT) for status in (200, 201, 202, 204, 226, 299)),
        *((status, Verdict.AGAIN) for status in (301, 302, 303, 307, 308, 300, 304)),
        *((status, Verdict.AGAIN) for status in (400, 401, 403, 404, 405, 413, 422, 451)),
        *((status, Verdict.AGAIN) for status in (408, 425, 429)),
        *((status, Verdict.AGAIN) for status in (500, 501, 502, 503, 504, 599)),
        *((status, Verdict.AGAIN) for status in (100, 101, 199, 600, 999)),
        (410, Verdict.GONE),
        (None, Verdict.AGAIN),
    ],
)
def test_each_status_of_the_first_response_has_its_decision(status, verdict):
    assert decide(status, failures=0, refusals=0).verdict is verdict


def try_again(*statuses, failures=0, refusals=0):
    """Return the decisions after these responses to one event."""
    decisions = []
    for status in statuses:
        decisions.append(decide(status, failures=failures, refusals=refusals))
        failures, refusals = decisions[-1].failures, decisions[-1].refusals
    return decisions


@all_cases("status", [400, 401, 403, 404, 422])
def test_an_event_that_is_refused_three_times_is_given_up(status):
    decisions = try_again(status, status, status)
    assert [decision.verdict for decision in decisions] == [Verdict.AGAIN, Verdict.AGAIN, Verdict.DEAD]
    assert [decision.wait_seconds for decision in decisions] == [5, 300, 0]
    assert decisions[-1].failures == decisions[-1].refusals == 0


@pytest.mark.quick
@all_cases("status", [None, 301, 408, 425, 429, 500, 503])
def test_any_other_failure_is_repeated_after_each_wait_and_then_the_webhook_is_off(status):
    decisions = try_again(*[status] * 10)
    assert [decision.wait_seconds for decision in decisions[:9]] == list(RETRY_SECONDS)
    assert [decision.verdict for decision in decisions] == [Verdict.AGAIN] * 9 + [Verdict.UNREACHABLE]


def test_refusals_during_an_outage_do_not_give_up_an_event_too_early():
    decisions = try_again(503, 503, 404, 503, 404)
    assert {decision.verdict for decision in decisions} == {Verdict.AGAIN}
    assert decide(404, failures=5, refusals=2).verdict is Verdict.DEAD


def test_retry_after_lengthens_a_wait_and_never_shortens_it():
    assert decide(503, failures=0, refusals=0, retry_after=60).wait_seconds == 60
    assert decide(429, failures=2, refusals=0, retry_after=1).wait_seconds == 1800
    assert decide(404, failures=0, refusals=0, retry_after=60).wait_seconds == 5


@all_cases(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60),
        ("Tue, 14 Nov 2023 22:12:20 GMT", 0),
        ("99999999999999999999", MAX_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_SECONDS),
        *((text, 0) for text in (None, "", "-5", "1.5", "soon", "١٢", "Tue, 99 Nov 2023 22:14:20 GMT", "\x00")),
    ],
)
def test_reads_seconds_and_dates_of_retry_after(text, seconds):
    assert parse_retry_after(text, NOW) == seconds
