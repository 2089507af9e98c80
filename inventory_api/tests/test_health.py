"""The health probes. One tells whether the process runs, the other whether it can serve."""

import re

from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from core.server.commit import find_commit
from testing.tables import all_cases


def test_healthz_needs_no_database(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_migrated_database_is_ready(client, db, settings):
    settings.COMMIT = "4f2a9c1"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "commit": "4f2a9c1"})


def test_the_commit_is_that_of_the_build_or_of_git_or_unknown(settings, tmp_path):
    assert find_commit("4f2a9c1", tmp_path) == "4f2a9c1"
    assert re.fullmatch("[0-9a-f]{40}|unknown", find_commit("", settings.BASE_DIR))
    (tmp_path / "empty").mkdir()
    assert find_commit("", tmp_path / "empty") == "unknown"
    (tmp_path / ".git").write_text("no repository")
    assert find_commit("", tmp_path) == "unknown"


def test_a_database_with_a_missing_migration_is_not_ready(client, db):
    MigrationRecorder.Migration.objects.filter(app="stock").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["code"] == "migrations_pending"
    assert answer.json()["detail"].endswith("not applied: run python manage.py migrate.")


def test_an_unreachable_database_is_not_ready_but_the_process_is_healthy(client, db, monkeypatch):
    def refuse():
        raise OperationalError("connection refused")

    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(connection, "ensure_connection", refuse)
        ready, alive = client.get("/readyz"), client.get("/healthz")
    assert (ready.status_code, ready.json()["code"]) == (503, "database_unavailable")
    assert ready.headers["Retry-After"] == "1"
    assert alive.status_code == 200


def test_probes_work_without_tls_and_all_else_is_redirected(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    for address in ("/healthz", "/readyz"):
        assert client.get(address).status_code == 200
    for address in ("/", "/api/products/", "/healthz/", "/api/healthz"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (301, f"https://testserver{address}")


def test_probes_accept_any_host_name_and_all_else_the_allowed_hosts(client, db):
    for address in ("/healthz", "/readyz"):
        assert client.get(address, headers={"Host": "10.0.0.7:8000"}).status_code == 200
    for address in ("/", "/api/", "/healthz/", "/api/healthz"):
        assert client.get(address, headers={"Host": "10.0.0.7:8000"}).status_code == 400


@all_cases("address", ["/healthz", "/readyz"])
def test_probes_are_read_only(client, db, address):
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


def test_probes_need_no_credentials(client, db):
    for address in ("/healthz", "/readyz"):
        answer = client.get(address, headers={"Authorization": "Bearer expired"})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
