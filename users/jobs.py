"""The jobs of the worker that erase people and remove shops, and a job that works for shops again and again."""

from collections.abc import Callable
from time import monotonic

from django.conf import settings

from core.database.postgres.base import fetch
from core.due_work import Job
from users.leaving.services import REPEAT_SECONDS, Repetitions, remove_due_portion

MAX_TURN_SECONDS = 0.5  # the longest turn of a round, after which other jobs have theirs

# Returns the id and the time zone of each owner that meets the condition.
OWNERS = "SELECT owner.id, owner.time_zone FROM users_user AS owner WHERE owner.role = 'owner' AND {} ORDER BY owner.id"


class Round:
    """A job of the worker's loop: `work` for each shop that meets `condition`, and then again after a time.

    `work` gets the id of the owner and the shop's time zone. It returns whether more is left to do for the shop. A shop
    for which it fails has to wait for the next round. `condition` is SQL about the row `owner`. It may also be true for
    shops without work. One statement evaluates it for all shops, since most have none: its subqueries have an OFFSET,
    so that PostgreSQL looks into their indexes for each owner, and does not read the tables.
    """

    def __init__(self, work: Callable[[int, str], bool], seconds: float, condition: str = "true") -> None:
        self.work, self.seconds = work, seconds
        # Citus can't combine the owners, whom all servers have, with rows of one server.
        self.owners = OWNERS.format("true" if settings.DB_CITUS else condition)
        self.shops: list[tuple[int, str]] = []  # the shops that remain in this round
        self.next_round = 0.0

    def run(self) -> bool:
        """Do the work for the next shops. Return whether others remain."""
        if not self.shops:
            if monotonic() < self.next_round:
                return False
            self.shops, self.next_round = fetch(self.owners), monotonic() + self.seconds
        end = monotonic() + MAX_TURN_SECONDS
        while self.shops and monotonic() < end:
            shop = self.shops.pop()
            if self.work(*shop):
                self.shops.append(shop)
        return bool(self.shops)


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(remove_due_portion, 0), Job(Repetitions().repeat_due, REPEAT_SECONDS)]
