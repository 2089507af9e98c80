"""Write a Postman collection of every operation, and its environment.

Run it as `python -m testing.clients.collection SCHEMA FOLDER`.

A sign-in stores the tokens in the environment for the other requests. Bodies are the examples of the schema.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from testing.laws.schemas import list_operations

COLLECTION_FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
VARIABLES = {
    "baseUrl": "http://127.0.0.1:8000",
    "username": "demo",
    "password": "tea-at-half-past-4",
    "access": "",
    "refresh": "",
}
STORE_TOKENS = """
for (const name of ["access", "refresh"]) {
  if (pm.response.code === 200) pm.environment.set(name, pm.response.json()[name]);
}"""
CHECK_STATUS = """
pm.test("the schema describes the status", () => {{
  pm.expect(pm.response.code).to.be.oneOf({statuses});
}});"""


def main(schema_file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    schema = json.loads(schema_file.read_text())
    for name, document in (("collection", make_collection(schema)), ("environment", make_environment())):
        (folder / f"{name}.json").write_text(json.dumps(document, indent=1))


def make_environment() -> dict[str, Any]:
    values = [{"key": key, "value": value, "enabled": True} for key, value in VARIABLES.items()]
    return {"name": "Inventory API, demo", "values": values}


def make_collection(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the collection: a folder for each tag, a request for each operation."""
    return {
        "info": {
            "name": schema["info"]["title"],
            "description": schema["info"]["description"],
            "schema": COLLECTION_FORMAT,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{access}}", "type": "string"}]},
        "item": [
            {"name": tag["name"], "description": tag["description"], "item": list(make_items(schema, tag["name"]))}
            for tag in schema["tags"]
        ],
    }


def make_items(schema: dict[str, Any], tag: str) -> Iterator[dict[str, Any]]:
    for path, method, operation in list_operations(schema):
        if tag in operation["tags"]:
            yield make_item(path, method, operation)


def make_item(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    statuses = [int(status) for status in operation["responses"]]
    script = CHECK_STATUS.format(statuses=statuses)
    if path.endswith(("/login/", "/refresh/")):
        script += STORE_TOKENS
    request = {"method": method.upper(), "url": make_url(path, operation), "description": operation["description"]}
    if not operation.get("security", []):
        request["auth"] = {"type": "noauth"}
    return {
        "name": operation["summary"],
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": script.strip().splitlines()}}],
        "request": request | headers_and_body(operation),
        "protocolProfileBehavior": {"followRedirects": False},  # the check is of the status of this operation
    }


def make_url(path: str, operation: dict[str, Any]) -> dict[str, Any]:
    """Return the address. Its query parameters are included but disabled."""
    parameters = operation.get("parameters", [])
    return {
        "raw": "{{baseUrl}}" + re.sub(r"{(\w+)}", r":\1", path),
        "host": ["{{baseUrl}}"],
        "path": [*re.sub(r"{(\w+)}", r":\1", path).strip("/").split("/"), ""],
        "query": [
            {"key": p["name"], "value": "", "description": p["description"], "disabled": True}
            for p in parameters
            if p["in"] == "query"
        ],
        "variable": [
            {"key": p["name"], "value": "1", "description": p["description"]} for p in parameters if p["in"] == "path"
        ],
    }


def headers_and_body(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the headers and the body of the request."""
    headers = [
        {"key": p["name"], "value": "{{$guid}}", "description": p["description"], "disabled": True}
        for p in operation.get("parameters", [])
        if p["in"] == "header"
    ]
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if media_type == "multipart/form-data":
            return {"header": headers, "body": {"mode": "formdata", "formdata": [{"key": "file", "type": "file"}]}}
        if media_type == "image/jpeg":
            headers.append({"key": "Content-Type", "value": media_type})
            return {"header": headers, "body": {"mode": "file", "file": {"src": ""}}}
        [example] = content["examples"].values()
        headers.append({"key": "Content-Type", "value": media_type})
        return {
            "header": headers,
            "body": {"mode": "raw", "raw": json.dumps(with_variables(example["value"]), indent=2)},
        }
    return {"header": headers}


def with_variables(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body. In bodies with credentials or a refresh token, use the variables of the environment."""
    if set(body) in ({"username", "password"}, {"refresh"}):
        return {name: f"{{{{{name}}}}}" for name in body}
    return body


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
