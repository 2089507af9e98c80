"""The OpenAPI document as it is served: made once in each process, and the same for everybody."""

from threading import Lock
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import JSONRenderer


class Document:
    """The schema, made when it is first asked for, and its text in each form that was asked for.

    drf-spectacular keeps the view that it looks at where all threads see it: one of them at a time may make a schema.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.schema: dict[str, Any] | None = None
        self.texts: dict[tuple[str, int | None], bytes] = {}

    def text(self, renderer: Any, media_type: str) -> bytes:
        """YAML, or JSON indented as the media type asks for: by 1 to 8, so there are no more than nine texts."""
        indent = renderer.get_indent(media_type, {}) if isinstance(renderer, JSONRenderer) else None
        form = (renderer.format, indent)
        with self.lock:
            if self.schema is None:
                self.schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
            if form not in self.texts:
                self.texts[form] = renderer.render(self.schema, media_type, {})
            return self.texts[form]
