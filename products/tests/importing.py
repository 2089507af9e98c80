"""How the tests of the import send a file."""

ADDRESS = "/api/products/import/"


def upload(client, text, query="", **headers):
    body = text if isinstance(text, bytes) else text.encode()
    return client.generic("POST", f"{ADDRESS}{query}", body, content_type="text/csv", headers=headers)


def imported(client, text, query=""):
    answer = upload(client, text, query)
    assert answer.status_code == 200, answer.content
    return {name: answer.json()[name] for name in ("created", "updated", "unchanged")}


def refused(client, text):
    """The bad rows as (line, column)."""
    answer = upload(client, text)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_rows"
    return [(row["line"], row["column"]) for row in answer.json()["rows"]]
