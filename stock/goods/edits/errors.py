"""The errors of edits of many products."""

from core.errors import Conflict, DomainError


class ValuesChanged(DomainError):
    code = "values_changed"
    detail = "Somebody has changed this product since you read it."
    when = "a product does not have the `expected` value, so nothing was changed"
    also = "`product`, `changed`: the names of these values"


class EditUndone(Conflict):
    code = "edit_undone"
    detail = "This edit is undone already."
    when = "the edit of products is undone already, by `undone_by`"
    also = "`edit`, `undone_by`"
