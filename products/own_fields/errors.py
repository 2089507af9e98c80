"""Errors of the shop's own fields and their values."""

from core.errors import Conflict, DomainError


class FieldUnknown(DomainError):
    code = "field_unknown"
    detail = "The shop has no field “{field}”. Add it first."
    when = "`fields` has a key of no own field, or of an archived one"
    also = "`field`"


class FieldInvalid(DomainError):
    code = "field_invalid"
    detail = "This is no valid value of the field “{field}”, whose type is {type}."
    when = "a value in `fields` has the wrong type, or is none of the field's choices"
    also = "`field`, `type`"


class KeyTaken(DomainError):
    code = "key_taken"
    detail = "You have a field with the key “{key}” already. It may be archived: restore it then."
    when = "another own field, which may be archived, has the `key`"
    also = "`key`"


class TooManyFields(Conflict):
    code = "too_many_fields"
    detail = "A shop has at most {limit} fields of its own. Archive one first."
    when = "the shop would have too many own fields. Archived ones do not count"
    also = "`limit`"


class FieldFixed(Conflict):
    code = "field_fixed"
    detail = "The {field} of a field is fixed for ever. Archive the field, and add another one."
    when = "the `key` and the `type` of an own field can't be changed"
    also = "`field`: `key` or `type`"


class ChoiceInUse(Conflict):
    code = "choice_in_use"
    detail = "A product has the choice “{choice}”, so it can't be removed. Rename it instead."
    when = "a product, which may be archived, has this choice of an own field"
    also = "`choice`"
