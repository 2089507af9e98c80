"""A primary and a streaming standby, from which the service reads (`REPLICA_URL`).

The service's role is not a superuser, as in production.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from testing.servers import cluster
from testing.servers.cluster import Cluster
from testing.servers.grounds import DATABASE, Ground

ROLE = "inventory"


class Pair(NamedTuple):
    """A primary and its standby, with a database DATABASE of ROLE."""

    folder: Path
    primary: Cluster
    standby: Cluster

    @property
    def variables(self) -> dict[str, str]:
        """Return the settings of a service on these servers."""
        addresses = self.primary.url(DATABASE, ROLE), self.standby.url(DATABASE, ROLE)
        return dict(zip(("DATABASE_URL", "REPLICA_URL"), addresses, strict=True))


@contextmanager
def run_pair(*, migrated: bool = False, **settings: str) -> Iterator[Pair]:
    """Run the servers with these settings of PostgreSQL. The database is empty, or has all tables of the service."""
    running = cluster.run_cluster
    with cluster.run_folder() as folder, running(folder / "primary", migrated=migrated, **settings) as primary:
        primary.execute(f"CREATE ROLE {ROLE} LOGIN")
        if migrated:
            primary.copy_tables(DATABASE, ROLE)
        else:
            primary.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
        standby = Cluster(folder / "standby")
        standby.copy(primary, "-R")
        try:
            standby.start()
            yield Pair(folder, primary, standby)
        finally:
            if standby.is_running():
                standby.stop("immediate")


@contextmanager
def run() -> Iterator[Ground]:
    with run_pair() as pair:
        tests = {
            "DATABASE_URL": pair.primary.url(DATABASE),  # as superuser, because some tests tamper with rows
            "REPLICA_URL": "",
            "TEST_SYNCHRONOUS_COMMIT": "on",  # the service waits until data is written to the disk
        }
        yield Ground(pair.folder, pair.variables, tests)
