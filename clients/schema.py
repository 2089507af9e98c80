"""`python -m clients.schema FILE`: the schema as the generators read it, each body in one form.

The API takes forms as well as JSON. A generator that is told so makes clients that send one body in all forms at once.
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

SERVER = {"url": "http://127.0.0.1:8000", "description": "Where `make run` serves"}  # until a program says another
FORMS = ("application/json", "multipart/form-data")  # the first that an operation takes


def main(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    file.write_text(json.dumps({**in_one_form(schema), "servers": [SERVER]}, indent=1))


def in_one_form(schema: dict[str, Any]) -> dict[str, Any]:
    """What /api/schema/ answers, with one form for each body."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            if body := operation.get("requestBody"):
                form = next(form for form in FORMS if form in body["content"])
                body["content"] = {form: body["content"][form]}
    return schema


if __name__ == "__main__":
    main(Path(sys.argv[1]))
