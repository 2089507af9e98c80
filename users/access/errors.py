"""Errors while a shop is being closed."""

from core.errors import Conflict
from users.errors import Forbidden


class AccountClosing(Forbidden):
    code = "account_closing"
    detail = "This shop is being closed. Its owner can only read, export and undo this."
    when = "the shop is being closed: only its owner may still read and export, or undo the closing"
    also = "`closes_at`"


class AccountClosed(Conflict):
    code = "account_closed"
    detail = "The time of this shop is over: its rows are being removed."
    when = "the closing of a shop can't be undone any more, because its time is over"
