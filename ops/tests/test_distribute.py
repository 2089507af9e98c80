"""`manage.py distribute` where it is impossible: each refusal says what to do.

test_distribute_on_citus.py and test_migrations_on_citus.py have the tests with a cluster.
"""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ops import distribution

pytestmark = [pytest.mark.django_db]


@pytest.mark.quick
def test_refuses_without_the_setting(settings):
    settings.DB_CITUS = False
    with pytest.raises(CommandError, match="Set DB_CITUS=on"):
        call_command("distribute")


@pytest.mark.quick
@pytest.mark.parametrize("options", [[], ["--check"]])
def test_refuses_without_the_extension(settings, options):
    settings.DB_CITUS = True
    with pytest.raises(CommandError, match="does not have the extension Citus: install it on every server"):
        call_command("distribute", *options)


@pytest.mark.parametrize(
    ("coordinators", "workers", "message"),
    [(0, 2, "citus_set_coordinator_host"), (1, 0, "citus_add_node")],
)
def test_refuses_without_servers(monkeypatch, coordinators, workers, message):
    monkeypatch.setattr(distribution.tables, "has_citus", lambda _: True)
    monkeypatch.setattr(distribution, "WORKERS", f"SELECT {coordinators}, {workers}")
    with connection.cursor() as cursor, pytest.raises(distribution.DistributionRefused, match=message):
        distribution.check_cluster(cursor)


@pytest.mark.quick
def test_refuses_a_database_that_is_not_migrated(monkeypatch):
    monkeypatch.setattr(distribution.tables, "has_citus", lambda _: True)
    monkeypatch.setattr(distribution, "WORKERS", "SELECT 1, 2")
    monkeypatch.setattr(distribution, "list_owned_tables", lambda: ["stock_movement", "products_note"])
    with connection.cursor() as cursor, pytest.raises(distribution.DistributionRefused, match=r"manage\.py migrate"):
        distribution.check_cluster(cursor)


@pytest.mark.quick
def test_refuses_with_too_little_disk():
    plan = distribution.Plan(["stock_movement"], None, size=5_000_000_000, free={"db-1:5432": 2_000_000})
    with pytest.raises(distribution.DistributionRefused, match=r"5\.0 GB, and db-1:5432 has 2 MB"):
        distribution.check_disk(plan)


@pytest.mark.django_db(transaction=True)
def test_refuses_while_another_session_has_a_table(monkeypatch):
    monkeypatch.setattr(distribution, "LOCK_SECONDS", 0)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SET application_name = 'nightly export'")
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE suppliers_supplier IN ACCESS SHARE MODE")
            process = other.connection.info.backend_pid
        with (
            distribution.transaction.atomic(),
            connection.cursor() as cursor,
            pytest.raises(distribution.DistributionRefused, match=rf"{process} \(nightly export, for \d+ s\)"),
        ):
            distribution.lock_tables(cursor, ["products_product", "suppliers_supplier"])
    finally:
        other.close()
