"""The OpenAPI document: made once in each process, the same for everybody, and what requests are judged by."""

import re
from threading import Lock
from typing import Any

from drf_spectacular.settings import spectacular_settings
from rest_framework.renderers import JSONRenderer


class Document:
    """The schema, made when it is first needed, its text in each form, and the query parameters that it lists.

    drf-spectacular keeps the view that it looks at where all threads see it: one of them at a time may make a schema.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.schema: dict[str, Any] | None = None
        self.texts: dict[tuple[str, int | None], bytes] = {}
        self.queries: dict[tuple[str, str], frozenset[str]] = {}

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

    def query_parameters(self, route: str, method: str) -> frozenset[str]:
        """Return the names of the query parameters that the schema lists for a route of Django's and a method."""
        if not self.queries:
            with self.lock:
                self.queries = queries_of(self.made())
        return self.queries.get((re.sub(r"<[^>]+>", "{}", f"/{route}"), method), frozenset())


def queries_of(schema: dict[str, Any]) -> dict[tuple[str, str], frozenset[str]]:
    """Return the names of the query parameters of each operation, by path with `{}` for each id, and method."""
    return {
        (re.sub(r"{[^}]+}", "{}", path), method.upper()): frozenset(
            parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"
        )
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    }


DOCUMENT = Document()
