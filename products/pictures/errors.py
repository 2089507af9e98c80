"""Errors of pictures."""

from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException

from core.errors import Conflict, DomainError


class TooManyPicturesRead(APIException):
    """No process for reading a picture is free."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "too_busy"
    default_detail = gettext_lazy(
        "Too many files are being read at this moment. The picture was not saved. Send it again in a moment."
    )
    wait = 5  # seconds


class NotAPicture(DomainError):
    code = "not_a_picture"
    detail = "This is no picture that can be read: send a whole JPEG, PNG or WebP."
    when = "a picture is no JPEG, PNG or WebP, or can't be read. It is truncated, or takes too much memory or time"


class PictureTooLarge(DomainError):
    code = "picture_too_large"
    detail = "This picture is too large: it may have at most 8 MiB and 40 million pixels. Send a smaller one."
    when = "a picture has more than 8 MiB, or 40 million pixels (WebP: 25 million)"


class TooManyPictures(Conflict):
    code = "too_many_pictures"
    detail = "A shop has at most {limit} pictures. Remove some first."
    when = "the shop has as many pictures as it may have"
    also = "`limit`"
