"""The refusals of packs."""

from core.errors import Conflict


class PackRunning(Conflict):
    code = "pack_running"
    detail = "Another pack of your shop is being written. Wait until it is ready."
    when = "another pack of the year's end waits or is being written"


class PackNotReady(Conflict):
    code = "pack_not_ready"
    detail = "This pack has no file: its state is {state}."
    when = "the pack of the year's end is not ready, or has failed"
    also = "`state`: waiting or failed"
