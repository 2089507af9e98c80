"""Like `pooler`, with a PgBouncer that keeps prepared statements: `DB_POOLER=prepared`."""

from collections.abc import Iterator
from contextlib import contextmanager

from testing.servers import pgbouncer
from testing.servers.grounds import Ground
from testing.servers.grounds.pooler import run_pooled


@contextmanager
def run() -> Iterator[Ground]:
    pgbouncer.require_prepared_statements()
    with run_pooled("prepared") as ground:
        yield ground
