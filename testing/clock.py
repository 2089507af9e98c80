"""Set the clock from which the product, or one module, reads the present time."""

from datetime import datetime

from core import time_zones


def set_clock(monkeypatch, moment, module=time_zones):
    """Make `today()`, or this module's clock, return this moment, an ISO text with an offset."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromisoformat(moment).astimezone(tz)

    monkeypatch.setattr(module, "datetime", Clock)
