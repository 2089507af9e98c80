"""Errors of the shop's own fields and their values."""

from core.errors import Conflict, DomainError


class FieldUnknown(DomainError):
    code = "field_unknown"
    detail = "The shop has no field “{field}”. Add it first."
    when = "a key in `fields` is not that of one of the shop's own fields, or the field is archived"
    also = "`field`"


class FieldInvalid(DomainError):
    code = "field_invalid"
    detail = "This is no valid value of the field “{field}”, whose type is {type}."
    when = "a value in `fields` is not of the type of the field, or is not one of its choices"
    also = "`field`, `type`"


class KeyTaken(DomainError):
    code = "key_taken"
    detail = "You have a field with the key “{key}” already. It may be archived: restore it then."
    when = "another of the shop's own fields, which may be archived, has the `key`"
    also = "`key`"


class TooManyFields(Conflict):
    code = "too_many_fields"
    detail = "A shop has at most {limit} fields of its own. Archive one first."
    when = "the shop would have too many own fields that are not archived"
    also = "`limit`"


class FieldFixed(Conflict):
    code = "field_fixed"
    detail = "The {field} of a field is fixed for ever. Archive the field, and add another one."
    when = "the `key` and the `type` of an own field can't be changed"
    also = "`field`: `key` or `type`"


class ChoiceInUse(Conflict):
    code = "choice_in_use"
    detail = "A product has the choice “{choice}”, so it can't be removed. Rename it instead."
    when = "a choice of an own field can't be removed, because a product, which may be archived, has it"
    also = "`choice`"
