"""Errors of tags."""

from core.errors import DomainError
from core.translation import gettext_noop


class TooManyTags(DomainError):
    code = "too_many_tags"
    detail = gettext_noop("A product has at most {limit} tags.")
    when = "a product would have too many tags"
    also = "`limit`"
