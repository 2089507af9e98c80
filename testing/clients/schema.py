"""Write the schema for client generators, with a single media type for each body.

Run it as `python -m testing.clients.schema FILE`.

The API accepts forms as well as JSON. Clients generated from several media types send the body in all of them at once.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from drf_spectacular.generators import SchemaGenerator  # noqa: E402

from inventory_api.schema.hooks import remove_unused_schemas  # noqa: E402

SERVER = {"url": "http://127.0.0.1:8000", "description": "Where `make run` serves"}  # the default address of clients
MEDIA_TYPES = ("application/json", "multipart/form-data", "image/jpeg")  # in order of preference


def main(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    file.write_text(json.dumps({**with_single_media_types(schema), "servers": [SERVER]}, indent=1))


def with_single_media_types(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with a single media type for each body. Raise StopIteration for an unknown media type."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            if body := operation.get("requestBody"):
                media_type = next(media_type for media_type in MEDIA_TYPES if media_type in body["content"])
                body["content"] = {media_type: body["content"][media_type]}
    return remove_unused_schemas(schema)  # those of forms


if __name__ == "__main__":
    main(Path(sys.argv[1]))
