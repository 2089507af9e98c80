"""What the forge runs on every push: the README's two commands, on the oldest and the newest Python."""

import re

import pytest
import yaml
from django.conf import settings

from inventory_api.welcome import welcome

REQUIREMENTS = settings.BASE_DIR / "requirements.txt"
WORKFLOW = settings.BASE_DIR / ".github" / "workflows" / "ci.yml"


@pytest.fixture
def job():
    return yaml.safe_load(WORKFLOW.read_text())["jobs"]["readme"]


@pytest.fixture
def scripts(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_it_runs_on_the_oldest_and_the_newest_python(job):
    assert job["strategy"]["matrix"] == {"python": ["3.11", "3.13"]}


@pytest.mark.parametrize("command", ["make test", "make run"])
def test_the_readmes_commands_are_run(scripts, command):
    assert f"```\n{command}\n```" in (settings.BASE_DIR / "README.md").read_text()
    assert any(re.match(rf"{command}\b", script) for script in scripts)


def test_it_waits_until_the_service_is_ready_and_makes_the_printed_call(scripts):
    [serving] = [script for script in scripts if script.startswith("make run")]
    [title] = re.findall(r"/(A .*?:)/", serving)
    call = welcome(8000).split(title)[1].splitlines()[1]
    assert "http://127.0.0.1:8000/readyz" in serving
    assert call.strip().startswith("curl -s http://127.0.0.1:8000/api/login/")


def test_it_needs_no_secret_and_may_write_nothing():
    assert "secrets" not in WORKFLOW.read_text()
    assert yaml.safe_load(WORKFLOW.read_text())["permissions"] == {"contents": "read"}


def test_every_action_is_pinned_to_a_major_version(job):
    actions = [step["uses"] for step in job["steps"] if "uses" in step]
    assert len(actions) == 2
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in actions)


def test_the_dependencies_are_audited_by_a_pinned_tool_in_a_job_of_their_own():
    audit = yaml.safe_load(WORKFLOW.read_text())["jobs"]["audit"]
    [script] = [step["run"] for step in audit["steps"] if "run" in step]
    assert re.search(r"pip-audit==\d+\.\d+\.\d+ .*requirements\.txt", script)
    assert all("==" in line for line in REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#"))


def test_every_file_that_the_security_policy_names_is_there():
    named = re.findall(r"`([a-z_/]*test_[a-z_*]+\.py)`", (settings.BASE_DIR / "SECURITY.md").read_text())
    for name in named:
        assert list(settings.BASE_DIR.glob(f"[!.]*/tests/{name.rsplit('/', 1)[-1]}")), name
    assert len(named) > 9
