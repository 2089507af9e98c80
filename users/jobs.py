"""The jobs of the worker that erase people and remove shops, and a job that works for each shop again and again."""

from collections.abc import Callable
from time import monotonic

from core.due_work import Job
from users.leaving.services import REPEAT_SECONDS, Repetitions, remove_due_portion
from users.models import User

MAX_TURN_SECONDS = 0.5  # the longest turn of a round, after which other jobs have theirs


class Round:
    """A job of the worker's loop: `work` for each shop, and then again after a time.

    `work` gets the id of the owner and the shop's time zone. It returns whether more is left to do for the shop. A shop
    for which it fails has to wait for the next round.
    """

    def __init__(self, work: Callable[[int, str], bool], seconds: float) -> None:
        self.work, self.seconds = work, seconds
        self.shops: list[tuple[int, str]] = []  # the shops that remain in this round
        self.next_round = 0.0

    def run(self) -> bool:
        """Do the work for the next shops. Return whether others remain."""
        if not self.shops:
            if monotonic() < self.next_round:
                return False
            owners = User.objects.owners().order_by("id")
            self.shops, self.next_round = list(owners.values_list("id", "time_zone")), monotonic() + self.seconds
        end = monotonic() + MAX_TURN_SECONDS
        while self.shops and monotonic() < end:
            shop = self.shops.pop()
            if self.work(*shop):
                self.shops.append(shop)
        return bool(self.shops)


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(remove_due_portion, 0), Job(Repetitions().repeat_due, REPEAT_SECONDS)]
