"""The CI job and the containers of Citus agree with the ground on which the tests run, and with docs/scaling.md."""

import re

import pytest
import yaml
from django.conf import settings

from testing.servers import grounds
from testing.servers.grounds import citus
from testing.tables import all_cases

ROOT = settings.BASE_DIR
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
GUIDE = (ROOT / "docs" / "scaling.md").read_text()
SERVERS = {name: service for name, service in SERVICES.items() if service.get("profiles") == ["citus"]}
NODES = SERVERS.pop("citus-nodes")
SAME_SETTINGS = ("wal_level", "max_prepared_transactions", "max_worker_processes")


def read_script(job):
    return "\n".join(step.get("run", "") for step in job["steps"])


@all_cases("ground", sorted({*grounds.list_names()} - {"plain"}))
def test_ci_tests_every_ground(ground):
    commands = [line for job in JOBS.values() for line in read_script(job).splitlines()]
    assert f"make live GROUND={ground}" in commands


def test_ci_installs_the_release_of_the_ground_and_fails_without_it():
    script = read_script(JOBS["citus"])
    release = re.search(rf"postgresql-{citus.RELEASE}-citus-([\d.]+)\n", script)[1]
    assert "citus.find_citus()" in script
    assert f"Tested with Citus {release}." in GUIDE
    assert SERVERS["citus"]["image"].startswith(f"citusdata/citus:{release}.")
    assert f"citus-{release}`" in GUIDE


def test_the_ground_has_two_shards_and_moves_one():
    assert (citus.SHARDS, citus.WORKERS) == (2, 2)
    assert citus.SETTINGS["citus.shard_count"] == str(citus.SHARDS)


def test_compose_has_a_coordinator_and_workers_with_the_settings_of_the_ground():
    workers = [f"citus-worker-{number}" for number in range(1, citus.WORKERS + 1)]
    assert list(SERVERS) == ["citus", *workers]
    for name, server in SERVERS.items():
        assert (server["image"], server["environment"]) == (NODES["image"], SERVERS["citus"]["environment"])
        assert server["volumes"] == [f"{name}:/var/lib/postgresql/data"]
        options = dict(option.split("=") for option in server["command"] if option != "-c")
        assert options == {name: citus.SETTINGS[name] for name in SAME_SETTINGS}
    for name in SAME_SETTINGS:
        assert re.search(rf"^{name} = {citus.SETTINGS[name]}\b", GUIDE, re.M)


def test_compose_connects_the_servers_once_all_are_ready():
    first, second = NODES["command"]
    assert first.endswith("citus_set_coordinator_host('citus', 5432)")
    assert re.findall(r"citus_add_node\('([\w-]+)', 5432\)", second) == [name for name in SERVERS if name != "citus"]
    assert NODES["depends_on"] == {name: {"condition": "service_healthy"} for name in SERVERS}


@pytest.mark.quick
def test_compose_migrates_and_serves_when_citus_is_ready_if_its_profile_is_chosen():
    ready = {"condition": "service_healthy", "required": False}
    assert SERVICES["migrate"]["depends_on"]["citus"] == ready
    connected = {"condition": "service_completed_successfully", "required": False}
    assert SERVICES["web"]["depends_on"]["citus-nodes"] == connected
    assert "COMPOSE_PROFILES=citus\nDB_HOST=citus\nDB_CITUS=on\n" in GUIDE
