"""Helpers that send files to the import."""

ADDRESS = "/api/products/import/"


def upload(client, text, query="", **headers):
    """Return the response to the file, which is sent as a text/csv body."""
    body = text if isinstance(text, bytes) else text.encode()
    return client.generic("POST", f"{ADDRESS}{query}", body, content_type="text/csv", headers=headers)


def import_file(client, text, query=""):
    """Import the file, which is accepted, and return the answer."""
    answer = upload(client, text, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def import_counts(client, text, query=""):
    """Import the file and return the numbers of created, updated and unchanged products."""
    answer = import_file(client, text, query)
    return {name: answer[name] for name in ("created", "updated", "unchanged")}


def find_bad_rows(client, text):
    """Return the bad rows of a refused file as (line, column)."""
    answer = upload(client, text)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_rows"
    return [(row["line"], row["column"]) for row in answer.json()["rows"]]
