"""The OpenAPI document, which each process generates once for all users. Requests are checked against it."""

import re
from functools import cache
from threading import Lock
from typing import Any

from drf_spectacular.settings import spectacular_settings
from rest_framework.renderers import JSONRenderer

from core.request_checks.operations import UNDOCUMENTED, SchemaOperation, read_schema_operations


class SchemaCache:
    """Generates the document on first use. Caches it, its rendered forms and its operations.

    drf-spectacular keeps the current view in a global variable, so only one thread at a time may generate the document.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.document: dict[str, Any] | None = None
        self.rendered: dict[tuple[str, int | None], bytes] = {}
        self.operations: dict[tuple[str, str], SchemaOperation] = {}

    def render(self, renderer: Any, media_type: str) -> bytes:
        """Return the document as YAML, or as JSON with the indent of the media type.

        JSON has an indent of 1 to 8 or none, so the cache holds at most ten texts.
        """
        indent = renderer.get_indent(media_type, {}) if isinstance(renderer, JSONRenderer) else None
        form = (renderer.format, indent)
        with self.lock:
            if form not in self.rendered:
                self.rendered[form] = renderer.render(self.get_document(), media_type, {})
            return self.rendered[form]

    def prepare(self) -> None:
        """Generate the document if it has not been generated yet."""
        with self.lock:
            self.get_document()

    def get_document(self) -> dict[str, Any]:
        """Return the document. Generate it on the first call. The caller holds the lock."""
        if self.document is None:
            # This imports the views, so it can't be at the top of the module.
            generator: Any = spectacular_settings.DEFAULT_GENERATOR_CLASS
            self.document = generator().get_schema(request=None, public=True)
        return self.document

    def find_operation(self, route: str, method: str) -> SchemaOperation:
        """Return the operation of a Django route and a method. Return UNDOCUMENTED if the schema has none."""
        if not self.operations:
            with self.lock:
                self.operations = read_schema_operations(self.get_document())
        return self.operations.get((path_template(route), method), UNDOCUMENTED)


@cache
def path_template(route: str) -> str:
    """Return the path of a Django route. In it, `{}` stands for each parameter."""
    return re.sub(r"<[^>]+>", "{}", f"/{route}")


SCHEMA_CACHE = SchemaCache()
