"""Fixtures of the tests of users."""

import pytest


@pytest.fixture
def mails_at_once(monkeypatch):
    """Send mail when it is queued, because the tests' transactions never commit."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda job, **_: job())
