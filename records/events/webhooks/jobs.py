"""The part of the worker that sends webhooks. It finds those that are due, and gives each a turn in its own thread.

A turn acquires the lease of the webhook, sends its events one by one, and moves its position after each. The lease is
in columns of the webhook's row. So any number of workers on any number of hosts share the work, and only one of them at
a time sends for a webhook. If a worker is killed between sending and moving, its lease remains. After LEASE_SECONDS
another worker sends the event again, so the event is sent twice, but never lost.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections
from django.db.models import Q
from django.db.models.functions import Now

from core.database.postgres.base import fetch
from core.database.transactions import atomic, is_database_away
from core.due_work import Job, Waiting
from core.http.renderers import JSONRenderer
from core.mail import send_mail_later
from core.ownership import save_fields
from records.events.feed.bodies import read_events
from records.events.models import EventType
from records.events.services import record
from records.events.webhooks import sql
from records.events.webhooks.connection import TIMEOUT_SECONDS, Decision, DeliveryResult, Verdict, decide
from records.events.webhooks.models import MAX_TYPE_LENGTH, DeliveryAttempt, OffReason, Webhook, WebhookState
from records.events.webhooks.services import send_signed
from users.sign_in.rate_limits import is_first_of_day, may_mail

LEASE_SECONDS = 4 * TIMEOUT_SECONDS  # renewed before each attempt, which takes at most TIMEOUT_SECONDS
MAX_EVENTS_A_TURN = 50
MAX_TURN_SECONDS = 20  # after this time other webhooks have their turn
MAX_QUICK_MS = 2000  # an attempt that takes longer is slow and ends the turn
MAX_ATTEMPTS = 200  # the attempts of a webhook that are kept
OFF_REASONS = {Verdict.GONE: OffReason.GONE, Verdict.UNREACHABLE: OffReason.UNREACHABLE}

lease_time = timedelta(seconds=LEASE_SECONDS)

logger = logging.getLogger("events.webhooks.sending")
MAX_THREADS = 10  # each thread has its own database connection
MAX_THREADS_OF_ACCOUNT = 2
MAX_THREADS_FOR_SLOW = 5  # receivers that fail or are slow never occupy all threads
SLOW_SECONDS = 600  # after a slow attempt, a receiver counts as slow for this time, even if it is quick again
MAX_FOUND = 200  # the due webhooks that one round reads, for slow ones and for others
SECONDS_BETWEEN_FIGURES = 60


def take_turn(owner_id: int, pk: int, is_stopping: Callable[[], bool], count: Callable[[Verdict], None]) -> None:
    """Send events until there are none, the turn is over, or an attempt failed or was slow. `count` each verdict."""
    lease = uuid4()
    webhook = claim(owner_id, pk, lease)
    if webhook is None:
        return
    try:
        send_events(webhook, lease, is_stopping, count)
    finally:
        release_lease(webhook, lease)


def claim(owner_id: int, pk: int, lease: UUID) -> Webhook | None:
    """Acquire the lease of the webhook if it is free and the webhook is due. Return the webhook, or None."""
    is_free = Q(leased_until=None) | Q(leased_until__lte=Now())
    due = Webhook.objects.filter(is_free, owner_id=owner_id, pk=pk, state=WebhookState.ON, next_attempt_at__lte=Now())
    if not due.update(lease=lease, leased_until=Now() + lease_time):
        return None
    return Webhook.objects.filter(owner_id=owner_id, pk=pk, lease=lease).first()


def release_lease(webhook: Webhook, lease: UUID) -> None:
    """Release the lease, unless another worker has acquired it."""
    find_leased(webhook, lease).update(lease=None, leased_until=None)


def find_leased(webhook: Webhook, lease: UUID) -> Any:
    """Return the webhook's row as a queryset. It is empty if another worker has acquired the lease."""
    return Webhook.objects.filter(owner_id=webhook.owner_id, pk=webhook.pk, lease=lease)


def send_events(
    webhook: Webhook, lease: UUID, is_stopping: Callable[[], bool], count: Callable[[Verdict], None]
) -> None:
    """Send the next events of the feed in order. Skip events whose types the webhook does not want."""
    end = time.monotonic() + MAX_TURN_SECONDS
    page = read_events(webhook.owner_id, after=webhook.position, limit=MAX_EVENTS_A_TURN, types=webhook.types)
    current = webhook
    for event in page.events:
        if is_stopping() or time.monotonic() > end or not renew(current, lease):
            return
        message_id = f"evt_{current.owner_id}_{event['position']}"  # the same in each attempt
        result = send_signed(current, message_id, JSONRenderer().render(event))
        counts = {"failures": current.failures, "refusals": current.refusals}
        decision = decide(result.status, **counts, retry_after=result.retry_after)
        count(decision.verdict)
        moved = record_attempt(current, lease, event, result, decision)
        if moved is None or moved.types != current.types:
            return
        current = moved
    find_leased(current, lease).filter(position=current.position, types=current.types).update(position=page.next)


def renew(webhook: Webhook, lease: UUID) -> bool:
    """Renew the lease. Return False if it is lost, or if the webhook was switched off or set back meanwhile."""
    unchanged = find_leased(webhook, lease).filter(position=webhook.position, state=WebhookState.ON)
    return bool(unchanged.update(leased_until=Now() + lease_time))


@atomic
def record_attempt(
    webhook: Webhook, lease: UUID, event: dict[str, Any], result: DeliveryResult, decision: Decision
) -> Webhook | None:
    """Write the attempt, and move the position or set the time of the next attempt, under the lock of the row.

    Write nothing if another worker has acquired the lease, or if the webhook was deleted or set back. The event is then
    sent again, or is no longer wanted. Return the webhook if its next event can be sent immediately.
    """
    row: Webhook | None = find_leased(webhook, lease).filter(position=webhook.position).select_for_update().first()
    if row is None:
        return None
    is_past = decision.verdict in (Verdict.NEXT, Verdict.DEAD)
    is_slow = result.ms > MAX_QUICK_MS
    changes: dict[str, Any] = {
        "failures": decision.failures,
        "refusals": decision.refusals,
        "last_status": result.status,
        "last_attempt_at": Now(),
        "next_attempt_at": Now() + timedelta(seconds=decision.wait_seconds),
        **({"position": event["position"]} if is_past else {}),
        **({"slow_at": Now()} if is_slow else {}),
    }
    was_on = row.state == WebhookState.ON
    if was_on and decision.verdict in OFF_REASONS:
        changes |= {"state": WebhookState.OFF, "off_reason": OFF_REASONS[decision.verdict]}
    save_fields(row, changes)
    keep_attempt(row, event, result, decision)
    if was_on and row.state == WebhookState.OFF:
        tell_off(row)
    if decision.verdict is Verdict.DEAD and is_first_of_day(f"webhook-dead:{row.pk}"):
        mail_owner(row, "webhook_refused", status=result.status, before=event["position"] - 1)
    return row if is_past and row.state == WebhookState.ON and not is_slow else None


def keep_attempt(webhook: Webhook, event: dict[str, Any], result: DeliveryResult, decision: Decision) -> None:
    """Insert the attempt. Delete the webhook's attempts before the newest MAX_ATTEMPTS."""
    sent = {"position": event["position"], "type": event["type"][:MAX_TYPE_LENGTH]}
    got = {"status": result.status, "ms": result.ms, "error": result.error, "answer": result.answer}
    is_dead = decision.verdict is Verdict.DEAD
    DeliveryAttempt.objects.create(owner_id=webhook.owner_id, webhook=webhook, dead=is_dead, **sent, **got)
    kept = DeliveryAttempt.objects.filter(owner_id=webhook.owner_id, webhook_id=webhook.pk)
    newest_old = kept.order_by("-id").values_list("id", flat=True)[MAX_ATTEMPTS:].first()
    if newest_old is not None:
        old: Any = kept.filter(id__lte=newest_old)
        old._raw_delete(old.db)


def tell_off(webhook: Webhook) -> None:
    """Write an event that the service has switched the webhook off, and mail the owner."""
    data = {"webhook": webhook.pk, "reason": webhook.off_reason, "position": webhook.position}
    record(owner_id=webhook.owner_id, event_type=EventType.WEBHOOK_OFF, data=data)
    mail_owner(webhook, "webhook_off")


def mail_owner(webhook: Webhook, template: str, **context: Any) -> None:
    owner = webhook.owner.leader
    if settings.MAIL_ON and owner.email and may_mail(owner):
        send_mail_later(
            template=template,
            to=owner.email,
            language=owner.shown_language,
            context={"user": owner, "webhook": webhook, **context},
            log_fields={"user": owner.pk},
        )


class Due(NamedTuple):
    owner_id: int
    pk: int
    is_slow: bool  # if true, it may take long: it fails, was slow lately, or was not tried yet


class Sender:
    """Gives webhooks their turns. Its methods are jobs of the loop in `ops/jobs.py`."""

    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        self.is_stopping = is_stopping
        self.pool = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="webhooks")
        self.running: dict[Due, Future[None]] = {}
        self.lock, self.counts = Lock(), Counter[Verdict]()

    def start_turns(self) -> bool:
        """Start turns of the webhooks that are due while threads are free. Return whether any turn is running."""
        self.running = {due: turn for due, turn in self.running.items() if not turn.done()}
        if len(self.running) < MAX_THREADS:
            for due in select_fair(find_due(), [*self.running]):
                self.running[due] = self.pool.submit(self.run_turn, due)
        return bool(self.running)

    def run_turn(self, due: Due) -> None:
        try:
            take_turn(due.owner_id, due.pk, self.is_stopping, self.count)
        except Exception as error:
            fields = {"owner": due.owner_id, "webhook": due.pk}
            if is_database_away(error):
                logger.warning("database is away", extra={"fields": fields})
            else:
                logger.exception("turn of a webhook failed", extra={"fields": fields})
                # The webhook waits for a minute after a bug of this program.
                waiting = Webhook.objects.filter(owner_id=due.owner_id, pk=due.pk)
                waiting.update(next_attempt_at=Now() + timedelta(minutes=1))
        finally:
            connections.close_all()

    def count(self, verdict: Verdict) -> None:
        with self.lock:
            self.counts[verdict] += 1

    def log_figures(self) -> None:
        """Log what was sent since the last time and what remains."""
        self.log(**measure_backlog())

    def log(self, **figures: Any) -> None:
        with self.lock:
            counts, self.counts = self.counts, Counter()
        dead, sent = counts[Verdict.DEAD], counts[Verdict.NEXT]
        attempts = {"sent": sent, "failed": counts.total() - sent - dead, "dead": dead}
        logger.info("webhooks", extra={"fields": {**attempts, **figures}})

    def finish(self) -> None:
        """Wait for the running attempts, at most for their timeout, and log the last figures."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.log()


def list_jobs(is_stopping: Callable[[], bool]) -> list[Job]:
    sender = Sender(is_stopping)
    return [
        Job(sender.start_turns, 0, threads=1, finish=sender.finish),
        Job(sender.log_figures, SECONDS_BETWEEN_FIGURES),
    ]


def find_due() -> list[Due]:
    """Return webhooks that have something to send now. The slow ones are first, but can't get all of the threads."""
    return [Due(*row) for row in fetch(sql.FIND_DUE, {"slow_seconds": SLOW_SECONDS, "limit": MAX_FOUND})]


def select_fair(found: list[Due], running: list[Due]) -> list[Due]:
    """Return the webhooks whose turn can start now: at most two of an account, and slow ones in half the threads."""
    chosen: list[Due] = []
    of_account = Counter(due.owner_id for due in running)
    slow = sum(due.is_slow for due in running)
    names = {(due.owner_id, due.pk) for due in running}
    for turns_of_account in range(MAX_THREADS_OF_ACCOUNT):  # accounts without a running turn come first
        for due in found:
            has_room = len(running) + len(chosen) < MAX_THREADS and not (due.is_slow and slow >= MAX_THREADS_FOR_SLOW)
            is_next = of_account[due.owner_id] == turns_of_account and (due.owner_id, due.pk) not in names
            if has_room and is_next:
                chosen.append(due)
                names.add((due.owner_id, due.pk))
                of_account[due.owner_id] += 1
                slow += due.is_slow
    return chosen


def measure_backlog() -> dict[str, int]:
    """Return the number of webhooks that are on, of the events that they have yet to send, and the oldest one's age."""
    [(on, behind, oldest)] = fetch(sql.FIGURES)
    return {"on": on, "behind": behind, "oldest_seconds": oldest}


def measure_waiting() -> dict[str, Waiting]:
    backlog = measure_backlog()
    return {"webhooks": Waiting(backlog["behind"], backlog["oldest_seconds"])}
