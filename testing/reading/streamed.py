"""Files of lists, which are written without holding all rows in memory."""

from django.db.models import QuerySet


def read_in_parts(client, address, model, monkeypatch):
    """Return the content of the CSV file of a list. Fail if all rows of this model are in memory at a time."""
    fetch_all = QuerySet._fetch_all

    def fetch(rows):
        assert rows.model is not model
        return fetch_all(rows)

    monkeypatch.setattr(QuerySet, "_fetch_all", fetch)
    return b"".join(client.get(address, {"format": "csv"}).streaming_content)
