"""Distribution and backups on a cluster. `make live GROUND=citus` runs this file."""

from unittest.mock import Mock

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core.ownership import list_owned_tables
from ops import distribution
from ops.tests.databases import DISTRIBUTED, read_database, run_manage
from products.models import Tally
from suppliers.models import Supplier
from testing.cast.shops import create_world
from testing.servers import cluster
from testing.servers.databases import connect_to, use_database
from testing.servers.grounds import citus
from users.models import User

pytestmark = [
    pytest.mark.skipif(not settings.DB_CITUS, reason="needs Citus: make live GROUND=citus"),
    pytest.mark.django_db(transaction=True),
]

DJANGO = ("admin", "auth", "contenttypes", "sessions")
DONE = "Every table of accounts is distributed already.\n"
HOLDS = "the ledger holds."
PLACES = "SELECT nodeport, count(*) FROM citus_shards WHERE table_name = 'stock_movement'::regclass GROUP BY 1"


class Database:
    """A database of a single server, or of the cluster of Citus."""

    def __init__(self, name, port, mode):
        self.name, self.port, self.mode = name, port, mode

    def run(self, *command, **changes):
        """Run a command of manage.py and return its output."""
        done = self.try_to_run(*command, **changes)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def try_to_run(self, *command, **changes):
        return run_manage(*command, database=self.name, DB_PORT=str(self.port), DB_CITUS=self.mode, **changes)

    def read(self):
        """Return all rows, and the rules of the tables."""
        return read_database(self.name, self.port)

    def execute(self, statement):
        with connect_to(self.name, self.port) as other:
            cursor = other.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def is_whole(self):
        """Return whether all tables of accounts are distributed and colocated, and the users are copied."""
        places = dict(self.execute(DISTRIBUTED))
        users = places.pop("users_user", None)
        return users == 0 and places.keys() == {*list_owned_tables()} and len({*places.values()}) == 1


@pytest.fixture
def source(transactional_db):
    """Return the distributed database of this process, which has two shops."""
    create_world()
    Tally.objects.all().delete()  # create_world() makes one for each shop, but on Citus products are counted
    return Database(connection.settings_dict["NAME"], connection.settings_dict["PORT"], "on")


@pytest.fixture
def ports():
    """Return the ports of the coordinator and of the workers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nodeport FROM pg_dist_node ORDER BY groupid")
        return [port for (port,) in cursor.fetchall()]


@pytest.fixture
def empty(ports):
    """Return a database of the cluster that has only the extension."""
    citus.drop_database(ports, "test_restored")
    citus.create_database(ports, "test_restored")
    yield Database("test_restored", ports[0], "on")
    citus.drop_database(ports, "test_restored")


@pytest.fixture(scope="module")
def one_server():
    """Return a server of the same release without Citus."""
    with cluster.run_folder() as folder, cluster.run_cluster(folder, cluster.find_programs(citus.RELEASE)) as server:
        yield server


@pytest.fixture
def plain(one_server):
    """Return an empty database of a server without Citus."""
    one_server.execute("CREATE DATABASE test_plain")
    yield Database("test_plain", one_server.port, "off")
    one_server.execute("DROP DATABASE test_plain WITH (FORCE)")


@pytest.fixture
def shops(source, plain, tmp_path):
    """Return a backup of a single server with two shops, and its rows."""
    move(source, plain, tmp_path)
    plain.run("backup", str(tmp_path / "plain.dump"))
    return tmp_path / "plain.dump", plain.read()[0]


def move(source, target, folder):
    """Restore a backup of the source into the target. Return the command's output."""
    source.run("backup", str(folder / "source.dump"))
    return target.run("restore", str(folder / "source.dump"))


def test_a_backup_of_citus_is_restored_on_one_server(source, plain, one_server, tmp_path):
    assert HOLDS in move(source, plain, tmp_path)
    rows, rules = plain.read()
    assert rows == source.read()[0]
    assert len(rows["stock_movement"]) > 10
    one_server.execute("CREATE DATABASE test_migrated")
    migrated = Database("test_migrated", one_server.port, "off")
    migrated.run("migrate", "--verbosity=0")
    assert select_rules(rules) == select_rules(migrated.read()[1])


def select_rules(rules):
    """Return the rules without sequences, and without the triggers of the tally, which a backup of Citus lacks."""
    others = (rule for rule in rules if not rule[0].startswith(distribution.TALLY_TRIGGERS))
    return sorted(rule for rule in others if not rule[0].endswith("_id_seq"))


def test_a_backup_of_citus_is_restored_on_citus(source, empty, tmp_path):
    assert HOLDS in move(source, empty, tmp_path)
    assert "Distributed." in empty.run("distribute")
    assert empty.read()[0] == source.read()[0]
    assert empty.is_whole()
    assert HOLDS in empty.run("verify_stock")


@pytest.fixture
def roles(source):
    """Return two roles that may read: one with the time limits that docs/scaling.md advises for the service, and one
    without.
    """
    for role in ("test_limited", "test_unlimited"):
        source.execute(f"CREATE ROLE {role} LOGIN")
        source.execute(f"GRANT pg_read_all_data TO {role}")
    source.execute("ALTER ROLE test_limited SET statement_timeout = '1ms'")
    yield
    source.execute("DROP ROLE test_limited, test_unlimited")


@pytest.mark.usefixtures("roles")
def test_a_backup_needs_a_role_without_time_limits(source, plain, tmp_path):
    """Citus copies the rows by connections to the workers, to which the limits of the role apply."""
    owner = User.objects.earliest("pk")
    Supplier.objects.bulk_create(Supplier(owner=owner, name=str(number)) for number in range(20_000))
    done = source.try_to_run("backup", str(tmp_path / "limited.dump"), DB_USER="test_limited")
    assert done.returncode == 1
    assert "canceling statement due to statement timeout" in done.stderr
    assert not (tmp_path / "limited.dump").exists()
    source.run("backup", str(tmp_path / "whole.dump"), DB_USER="test_unlimited")
    plain.run("restore", str(tmp_path / "whole.dump"))
    assert plain.read()[0] == source.read()[0]


def test_a_backup_of_one_server_is_restored_on_citus_and_distributed_with_every_row(shops, empty):
    file, rows = shops
    assert HOLDS in empty.run("restore", str(file))
    before, rules = empty.read()
    assert before == rows
    described = empty.run("distribute", "--check")
    assert "Copy to every server: users_user.\nDistribute by account: " in described
    assert empty.execute(DISTRIBUTED) == []
    assert "Distributed." in empty.run("distribute")
    after, rules_after = empty.read()
    assert after == rows
    assert read_sequences(rules_after) == read_sequences(rules)
    assert empty.is_whole()
    assert len(empty.execute(PLACES)) == citus.WORKERS
    assert HOLDS in empty.run("verify_stock")


def read_sequences(rules):
    return [rule for rule in rules if rule[0].endswith("_id_seq")]


def test_distribute_finds_at_the_second_time_that_all_is_done(empty):
    empty.run("migrate", "--verbosity=0")
    empty.run("distribute")
    before = empty.read()
    assert empty.is_whole()
    assert empty.run("distribute") == DONE
    assert empty.run("distribute", "--check") == DONE
    assert empty.read() == before


def test_a_failure_changes_nothing(shops, empty):
    """A table of another program refers to the suppliers, which makes Citus fail when nearly all is done."""
    empty.run("restore", str(shops[0]))
    empty.execute("CREATE TABLE other_visit (supplier_id bigint REFERENCES suppliers_supplier (id))")
    before = empty.read()
    done = empty.try_to_run("distribute")
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: Nothing has changed, because PostgreSQL refused a step: ")
    assert empty.execute(DISTRIBUTED) == []
    assert empty.read() == before
    empty.execute("DROP TABLE other_visit")
    assert "Distributed." in empty.run("distribute")
    assert empty.read()[0] == shops[1]


def test_migrations_change_a_database_that_was_distributed_after_the_first_ones(empty, monkeypatch):
    """A cluster that an earlier release has distributed is upgraded in this way."""
    monkeypatch.setattr(distribution, "Tally", Mock())  # its table is that of a later migration
    with use_database(empty.name):
        executor = MigrationExecutor(connection)
        graph = executor.loader.graph
        early = dict(sorted(node for node in graph.nodes if is_early(graph.forwards_plan(node))))
        executor.migrate([*early.items()])  # the last one of each app
        present = {*connection.introspection.table_names()} & {*list_owned_tables()}
        distribution.distribute(distribution.Plan(sorted(present), "users_user"), print)
    assert len(present) > 10
    empty.run("migrate", "--verbosity=0")
    assert empty.is_whole()


def is_early(plan):
    """Return whether a migration needs only the first ones of the service's apps."""
    return all(name.startswith("0001_") or app in DJANGO for app, name in plan)
