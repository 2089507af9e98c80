"""The refusals of the feed."""

from core.errors import DomainError


class PositionUnknown(DomainError):
    code = "position_unknown"
    detail = (
        "The feed ends at position {last}. A client that has read further has followed the feed of another database,"
        " such as the one before a backup was restored: it has to begin again at 0."
    )
    when = "`after` lies beyond the end of the feed: begin again at 0. It was read from another database"
    also = "`last`"
