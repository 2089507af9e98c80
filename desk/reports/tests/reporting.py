"""Helpers of the tests of the reports. They book in the past, and read reports."""

import csv
import io
from datetime import UTC, datetime, timedelta

from desk.reports.cards import REPORTS as ALL
from users.access.permissions import READERS

REPORTS = "/api/reports/"
NAMES = tuple(report.name for report in ALL if report.rights["get"] == READERS)


def ago(days, **more):
    """Return the instant this number of days before now."""
    return datetime.now(UTC) - timedelta(days=days, **more)


def book(client, product, movement_type, quantity, occurred_at=None, **extra):
    when = occurred_at.isoformat() if isinstance(occurred_at, datetime) else occurred_at
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, "occurred_at": when, **extra}
    answer = client.post("/api/stock/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def reverse(client, response):
    """Reverse the operation. The returned operation can also be reversed."""
    operation = response.get("operation", response.get("id"))
    answer = client.post(f"/api/stock/operations/{operation}/reverse/", {})
    assert answer.status_code == 201, answer.content
    return answer.json()


def read_report(client, name, **query):
    answer = client.get(f"{REPORTS}{name}/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def read_rows(client, name, **query):
    """Return the first page of a report."""
    return read_report(client, name, **query)["results"]


def read_csv(client, name, **query):
    """Return the rows of the CSV as dictionaries."""
    answer = client.get(f"{REPORTS}{name}/", {"format": "csv", **query})
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline=""), strict=True))
