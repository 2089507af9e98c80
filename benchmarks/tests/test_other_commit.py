import shutil
import subprocess
import sys

import pytest

from benchmarks import other_commit
from core.database.embedded import place
from testing.tables import all_cases


def has_repository():
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    return bool(shutil.which("git")) and subprocess.run(command, cwd=place.CLONE, capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.skipif(not has_repository(), reason="This folder is no git repository, so there is no commit."),
]


def test_the_files_of_the_commit_are_there_until_the_end_of_the_block():
    with other_commit.check_out("HEAD") as other:
        assert (other.folder / "manage.py").exists()
        assert not (other.folder / ".venv").exists()
        assert other.folder != place.CLONE
        assert other.name == other_commit.find_commit("HEAD")
    assert not other.folder.exists()


@all_cases("commit", ["no-such-branch", "0" * 40, "--help", "HEAD:README.md"])
def test_a_commit_that_does_not_exist_ends_the_program_with_one_sentence(commit):
    with pytest.raises(SystemExit) as ended:
        other_commit.find_commit(commit)
    assert ended.value.code == f"There is no commit {commit}."


def test_the_same_pins_need_no_packages_of_their_own(tmp_path):
    shutil.copy(place.CLONE / other_commit.PINS, tmp_path)
    assert other_commit.find_python(tmp_path) == sys.executable


def test_other_pins_are_installed_by_the_commits_own_program(tmp_path):
    (tmp_path / other_commit.PINS).write_text("Django==4.2\n")
    (tmp_path / "Makefile").write_text("setup:\n\ttouch installed\n")
    assert other_commit.find_python(tmp_path) == str(tmp_path / ".venv" / "bin" / "python")
    assert (tmp_path / "installed").exists()


def test_a_failed_command_is_an_error_with_the_end_of_its_output(tmp_path):
    with pytest.raises(AssertionError, match="no such luck"):
        other_commit.run(tmp_path, sys.executable, "-c", "raise SystemExit('no such luck')")
