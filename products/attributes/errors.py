"""Errors of tags."""

from core.errors import DomainError


class TooManyTags(DomainError):
    code = "too_many_tags"
    detail = "A product has at most {limit} tags."
    when = "a product would have too many tags"
    also = "`limit`"
