"""What is asked of a pack."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.time_zones import MOMENT
from users.models import User

CLOCK_COLUMNS = {"occurred": "occurred_at", "recorded": "created_at"}
COUNT_CLOCKS = {"occurred": "counted_at", "recorded": "created_at"}


@dataclass(frozen=True)
class PackRequest:
    """The stock at `as_of` by the clock, as what was recorded by `recorded_until` tells. Texts are in `language`.

    The account and the deliveries begin at `start`, or with the first booking.
    """

    owner: User
    as_of: datetime
    start: datetime | None
    clock: str
    recorded_until: datetime
    language: str

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the parameters of all statements. Those of the account are its start, end and `until`."""
        return {
            "owner": self.owner.pk, "as_of": self.as_of, "start": self.start or "-infinity",
            "recorded_until": self.recorded_until, "until": self.recorded_until, "end": self.as_of + MOMENT,
        }  # fmt: skip

    @property
    def clock_column(self) -> str:
        return CLOCK_COLUMNS[self.clock]

    def write(self, statement: str) -> str:
        """Return the statement with the columns of the clock."""
        return statement.format(clock=self.clock_column, count_clock=COUNT_CLOCKS[self.clock])
