"""A primary and its standbys, for tests of failovers: see testing/servers/failover.py.

The name of each server is its `cluster_name`, which is also its name among the standbys.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from testing.servers import cluster
from testing.servers.cluster import Cluster

DATABASE, ROLE = "inventory", "inventory"
MODES = {"async": 1, "cut": 1, "quorum": 2}  # numbers of standbys
NAMES = ("one", "two", "three")
WAIT_SECONDS = 60
STREAMING = "SELECT pid FROM pg_stat_replication WHERE state = 'streaming'"


class Servers:
    """A primary and its standbys. They change places with each failover.

    With `migrated`, the database has all tables from the beginning, and the release must be that of the embedded
    server.
    """

    def __init__(self, folder: Path, mode: str, release: int | None, migrated: bool = False) -> None:
        self.mode, self.migrated = mode, migrated
        programs = cluster.find_programs(release)
        self.nodes = {name: Cluster(folder / name, programs) for name in NAMES[: MODES[mode] + 1]}
        self.primary, *self.standbys = self.nodes

    def start(self) -> None:
        primary = self.nodes[self.primary]
        if self.migrated:
            primary.create_migrated()
        else:
            primary.create()
        primary.configure(cluster_name=self.primary, hot_standby="on", wal_keep_size="256MB", max_connections="60")
        primary.start()
        primary.execute(f"CREATE ROLE {ROLE} LOGIN")
        if self.migrated:
            primary.copy_tables(DATABASE, ROLE)
        else:
            primary.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def start_standbys(self) -> None:
        """Copy the primary to each standby. With a quorum the primary waits for one of them from then on."""
        for name in self.standbys:
            self.make_standby(name)
        if self.mode == "quorum":
            primary = self.nodes[self.primary]
            self.wait_until(lambda: len(primary.execute(STREAMING)) == len(self.standbys))
            for name, value in {
                "synchronous_standby_names": f"ANY 1 ({', '.join(NAMES)})",
                "synchronous_commit": "remote_apply",
            }.items():
                for node in self.nodes.values():
                    node.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            for node in self.nodes.values():
                node.reload()

    def make_standby(self, name: str) -> None:
        node = self.nodes[name]
        shutil.rmtree(node.data, ignore_errors=True)
        node.copy(self.nodes[self.primary], "--write-recovery-conf", "--wal-method=stream")
        node.configure(cluster_name=name)
        self.follow(node, is_running=False)
        node.start()

    def follow(self, node: Cluster, is_running: bool = True) -> None:
        """Make the standby receive from the primary."""
        address = f"host=127.0.0.1 port={self.nodes[self.primary].port} user=postgres"
        if is_running:
            node.execute(f"ALTER SYSTEM SET primary_conninfo = '{address}'")
            node.reload()
        else:
            with (node.data / "postgresql.auto.conf").open("a") as file:
                file.write(f"primary_conninfo = '{address}'\n")

    def cut_off(self, name: str) -> None:
        """Cut the connection between the standby and the primary."""
        node = self.nodes[name]
        node.execute("ALTER SYSTEM SET primary_conninfo = ''")
        node.reload()
        self.wait_until(lambda: not node.execute("SELECT 1 FROM pg_stat_wal_receiver"))

    def kill_primary(self) -> None:
        """Kill all processes of the primary at the same moment, so that none can send anything more."""
        postmaster = self.nodes[self.primary].process_id()
        os.kill(postmaster, signal.SIGSTOP)  # a stopped postmaster starts no new processes
        listed = subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True, check=False)
        for process in [*map(int, listed.stdout.split()), postmaster]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        (self.nodes[self.primary].data / "postmaster.pid").unlink()

    def promote(self) -> str:
        """Promote the most advanced standby and let the other one follow it. Return the name of the old primary."""
        received = "SELECT coalesce(pg_last_wal_receive_lsn(), '0/0') - '0/0'"
        new = max(self.standbys, key=lambda name: self.nodes[name].execute(received)[0][0])
        self.nodes[new].promote()
        old, self.primary = self.primary, new
        self.standbys = [name for name in self.standbys if name != new]
        for name in self.standbys:
            self.follow(self.nodes[name])
        return old

    def rejoin(self, name: str) -> None:
        """Make the old primary a standby of the new one."""
        self.make_standby(name)
        self.standbys.append(name)

    def url(self) -> str:
        """Return the address with all servers. The client uses the one that accepts writes."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes.values())
        return f"postgres://{ROLE}@{hosts}/{DATABASE}?target_session_attrs=read-write"

    def wait_until(self, is_done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not is_done():
            assert time.monotonic() < deadline, f"not done within {WAIT_SECONDS} s"
            time.sleep(0.05)

    def stop(self) -> None:
        for node in self.nodes.values():
            if node.data.exists() and node.is_running():
                node.stop("immediate")
