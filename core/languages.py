"""The languages of pages and refusals, and the middleware that activates the language of a request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

ENGLISH = "en"
LANGUAGES: dict[str, str] = dict(settings.LANGUAGES)
SUPPORT_DESK = "/admin/"  # its pages are in English


def find_accepted_language(header: str) -> str:
    """Return that of our languages which an Accept-Language header prefers, or English."""
    for name, weight in parse_accept_lang_header(header.lower()):
        language = name.partition("-")[0]
        if weight and language in LANGUAGES:
            return language
    return ENGLISH


class ActivateLanguage:
    """Activates the language of a page, and the one that a program asks for by Accept-Language.

    A page has the language of its user; without a user the one that the browser prefers. Programs get English unless
    they prefer another of the languages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_page = "text/html" in request.META.get("HTTP_ACCEPT", "")
        if not is_page and "HTTP_ACCEPT_LANGUAGE" not in request.META:
            return self.get_response(request)
        if request.path_info.startswith(SUPPORT_DESK):
            return self.get_response(request)
        return self.respond(request, is_page=is_page)

    def respond(self, request: HttpRequest, *, is_page: bool) -> HttpResponseBase:
        """Return the response in the language of the request."""
        accepted = find_accepted_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        language = find_own_language(request) or accepted if is_page else accepted
        with translation.override(language):
            response = self.get_response(request)
        if is_page or language != ENGLISH:
            response.headers.setdefault("Content-Language", language)
            patch_vary_headers(response, ["Accept-Language"])
        return response


def find_own_language(request: HttpRequest) -> str:
    """Return the language that the signed-in user of a browser has, or an empty text."""
    is_signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
    return getattr(request.user, "shown_language", "") if is_signed_in else ""
