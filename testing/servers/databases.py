"""Databases beside that of the tests, on the same server."""

import os
from contextlib import contextmanager

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.db import connection

# The tests run in several processes, which share the server.
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "")


def connect_to(database, port=None):
    """Return a connection without the service's timeouts: creating a database can be slow on a busy disk."""
    parts = connection.settings_dict
    return psycopg.connect(
        host=parts["HOST"], port=port or parts["PORT"], user=parts["USER"], password=parts["PASSWORD"], dbname=database,
        autocommit=True,
    )  # fmt: skip


def is_superuser():
    """Return whether the tests may turn off the triggers of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')")
        return cursor.fetchone() == ("on",)


@contextmanager
def create_database(name, template="template1"):
    """Create a database as a copy of the template, which is empty by default. Drop it at the end."""
    with connect_to("postgres") as other:
        other.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        other.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield name
        other.execute(f"DROP DATABASE {name} WITH (FORCE)")


def copy_own_database(name):
    """Create a database with all tables and no shop, in the same way as create_database()."""
    connection.close()  # PostgreSQL copies a database only while nobody uses it
    return create_database(name, connection.settings_dict["NAME"])


@contextmanager
def use_database(name):
    """Connect Django to another database."""
    original = connection.settings_dict["NAME"]
    try:
        connection.close()
        connection.settings_dict["NAME"] = name
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        ContentType.objects.clear_cache()  # the ids of content types may differ
