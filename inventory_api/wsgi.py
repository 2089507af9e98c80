"""The WSGI entry point that gunicorn serves."""

import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.urls import get_resolver
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")


class UTF8Request(WSGIRequest):
    """A request whose text is UTF-8, whatever charset it names.

    Django would decode with any codec that Python knows, and some of them fail before the first middleware.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Handler(WSGIHandler):
    request_class = UTF8Request


django.setup(set_prefix=False)
application = Handler()

from inventory_api.document import DOCUMENT  # noqa: E402, it needs the set-up

# Django imports the routes, and with them all views, on the first request, and the schema says which parameters they
# take: make both before, so that nobody waits.
_ = get_resolver().url_patterns
DOCUMENT.prepare()
