"""Errors of saved views."""

from core.errors import Conflict, DomainError


class ViewQuery(DomainError):
    code = "view_query"
    detail = "The list refuses these filters. The error beside this one says why."
    when = "the list or the report of a saved view refuses its `query`. It does so when the view is saved or run"
    also = "`error`: what the list answers, `status`: its status"


class ViewRowGone(Conflict):
    code = "view_row_gone"
    detail = "This view shows nothing: what its filter “{parameter}” names is archived or gone. Choose another one."
    when = (
        "a saved view is run, and shows nothing because a row, a tag, a choice or the value of an option in its filters"
        " is archived or gone"
    )
    also = "`parameter`: the filter"


class TooManyViews(Conflict):
    code = "too_many_views"
    detail = "You have {limit} views, the most that a user has. Delete one first."
    when = "the user would have too many saved views, or too many with mail"
    also = "`limit`"
