"""`manage.py distribute` where it can't: each refusal names what to do."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ops import distribution

pytestmark = pytest.mark.django_db


def test_refuses_without_the_setting(settings):
    settings.DB_CITUS = False
    with pytest.raises(CommandError, match="Set DB_CITUS=on"):
        call_command("distribute")


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
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE suppliers_supplier IN ACCESS SHARE MODE")
        with (
            distribution.transaction.atomic(),
            connection.cursor() as cursor,
            pytest.raises(distribution.DistributionRefused, match="Other sessions use the tables"),
        ):
            distribution.lock_tables(cursor, ["products_product", "suppliers_supplier"])
    finally:
        other.close()
