"""Webhooks have left another app: what names their content type stays."""

from importlib import import_module

import pytest
from django.contrib.auth.models import Permission

from core.database.postgres.base import execute

pytestmark = pytest.mark.django_db


def test_permissions_follow_the_webhooks_and_go_back():
    [rename, _state] = import_module("records.events.webhooks.migrations.0001_initial").Migration.operations
    rows = Permission.objects.filter(codename="switch_off_webhook").values_list("pk", "content_type__app_label")
    [(pk, label)] = rows
    assert label == "webhooks"
    for sql, label in ((rename.reverse_sql, "events"), (rename.sql, "webhooks")):
        execute(sql)
        assert [*rows.all()] == [(pk, label)]
