"""Set the clock from which the product reads the present date."""

from datetime import datetime

from core import time_zones


def set_clock(monkeypatch, moment):
    """Make `today()` return the date of this moment, an ISO text with an offset."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromisoformat(moment).astimezone(tz)

    monkeypatch.setattr(time_zones, "datetime", Clock)
