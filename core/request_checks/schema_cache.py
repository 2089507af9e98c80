"""The OpenAPI document: made once in each process, the same for everybody, and what requests are judged by."""

import re
from functools import cache
from threading import Lock
from typing import Any

from drf_spectacular.settings import spectacular_settings
from rest_framework.renderers import JSONRenderer

from core.request_checks.operations import NOTHING, Operation, operations_of


class Document:
    """The schema, made when it is first needed, its text in each form, and the names that each operation takes.

    drf-spectacular keeps the view that it looks at where all threads see it: one of them at a time may make a schema.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.schema: dict[str, Any] | None = None
        self.texts: dict[tuple[str, int | None], bytes] = {}
        self.operations: dict[tuple[str, str], Operation] = {}

    def text(self, renderer: Any, media_type: str) -> bytes:
        """YAML, or JSON indented as the media type asks for: by 1 to 8, so there are no more than nine texts."""
        indent = renderer.get_indent(media_type, {}) if isinstance(renderer, JSONRenderer) else None
        form = (renderer.format, indent)
        with self.lock:
            if form not in self.texts:
                self.texts[form] = renderer.render(self.made(), media_type, {})
            return self.texts[form]

    def prepare(self) -> None:
        """Generate the schema if nobody has needed it yet."""
        with self.lock:
            self.made()

    def made(self) -> dict[str, Any]:
        """Return the schema, generated on the first call. The caller holds the lock."""
        if self.schema is None:
            generator: Any = spectacular_settings.DEFAULT_GENERATOR_CLASS  # imported here, and the views with it
            self.schema = generator().get_schema(request=None, public=True)
        return self.schema

    def operation(self, route: str, method: str) -> Operation:
        """Return what the schema says about a route of Django's and a method; NOTHING where it says nothing."""
        if not self.operations:
            with self.lock:
                self.operations = operations_of(self.made())
        return self.operations.get((template(route), method), NOTHING)


@cache
def template(route: str) -> str:
    """Return the path of a route of Django's with `{}` for each parameter."""
    return re.sub(r"<[^>]+>", "{}", f"/{route}")


DOCUMENT = Document()
