"""The refusals of packs."""

from core.errors import Conflict


class PackRunning(Conflict):
    code = "pack_running"
    detail = "Another pack of your shop is being written. Wait until it is ready."
    when = "another pack of the year's end is waiting for the worker, or is being written"


class PackNotReady(Conflict):
    code = "pack_not_ready"
    detail = "This pack has no file: its state is {state}."
    when = "the file of a pack of the year's end was requested before it was ready, or after it has failed"
    also = "`state`: waiting or failed"
