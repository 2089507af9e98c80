"""The refusals of packs."""

from core.errors import Conflict
from core.translation import gettext_noop


class PackRunning(Conflict):
    code = "pack_running"
    detail = gettext_noop("Another pack of your shop is being written. Wait until it is ready.")
    when = "another pack of the year's end is waiting for the worker, or is being written"


class PackNotReady(Conflict):
    code = "pack_not_ready"
    detail = gettext_noop("This pack has no file: its state is {state}.")
    when = "the file of a pack of the year's end was requested before it was ready, or after it has failed"
    also = "`state`: waiting or failed"
