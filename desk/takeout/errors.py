"""The refusals of exports, and the reason why a file can't be imported."""

from core.errors import RETRY, Conflict


class ExportRunning(Conflict):
    code = "export_running"
    advice = RETRY
    detail = "Another export of your shop is being written. Wait until it is ready."
    when = "another export of the shop waits or is being written"


class ExportNotReady(Conflict):
    code = "export_not_ready"
    advice = RETRY
    detail = "This export has no file: its state is {state}."
    when = "the export is not ready, or has failed"
    also = "`state`: waiting or failed"


class ImportRefused(Exception):
    """The file of a shop can't be imported, and nothing has changed. The message says why."""
