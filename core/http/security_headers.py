"""The security headers that Django's SecurityMiddleware does not set."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PAGE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


class SecurityHeaders:
    """Sets the headers that restrict what a browser may do with a response.

    Pages load scripts only from files of this host. Inline scripts are forbidden, so text that gets into a page by a
    mistake can't run. Inline styles are allowed, because REST framework and Swagger UI need them. Responses with data
    may not load anything. Responses under /api/ are never cached: they contain one user's data, or tokens. A view of
    public data sets its own Cache-Control.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        # Django's debug pages need inline scripts.
        if not (settings.DEBUG and is_page and response.status_code in (404, 500)):
            response.headers["Content-Security-Policy"] = PAGE_POLICY if is_page else DATA_POLICY
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if request.path_info.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
