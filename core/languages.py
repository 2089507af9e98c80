"""The languages of pages and refusals."""

from django.conf import settings
from django.utils.translation.trans_real import parse_accept_lang_header

ENGLISH = "en"
LANGUAGES: dict[str, str] = dict(settings.LANGUAGES)


def find_accepted_language(header: str) -> str:
    """Return the one of LANGUAGES that an Accept-Language header prefers, or English."""
    for name, weight in parse_accept_lang_header(header.lower()):
        language = name.partition("-")[0]
        if weight and language in LANGUAGES:
            return language
    return ENGLISH
