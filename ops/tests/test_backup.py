"""`make backup`: the file, and the program of PostgreSQL that writes it."""

import pytest
from django.core.management import call_command
from django.db import connection, connections

from ops import backups
from ops.backups import BackupFailed, back_up


def test_the_file_is_readable_by_its_owner_only_and_never_overwritten(db, file):
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupFailed, match="exists already"):
        back_up(file)


def test_a_failed_backup_leaves_no_file(db, tmp_path, monkeypatch):
    monkeypatch.setattr(backups, "find_program", lambda _: "false")
    with pytest.raises(BackupFailed, match="no reason given"):
        back_up(tmp_path / "shop.dump")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.quick
def test_the_command_names_the_file_after_the_time(db, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    call_command("backup")
    [file] = tmp_path.glob("backups/inventory-20*T*Z.dump")
    assert capsys.readouterr().out == f"{file.relative_to(tmp_path)}: {file.stat().st_size:,} bytes.\n"


def write_program(folder, release, body=""):
    file = folder / f"pg_dump-{release}"
    file.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {release}.4 (Debian {release}.4-1)'\n{body}\n")
    file.chmod(0o755)
    return str(file)


def test_passes_the_password_in_the_environment_not_on_the_command_line(db, tmp_path, monkeypatch):
    program = write_program(
        tmp_path, 18, f'echo "$@" > {tmp_path}/line; echo "$PGPASSWORD $PGSSLMODE" > {tmp_path}/variables'
    )
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "heron-41")
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "sslmode", "require")
    backups.run_program(program, "--format=custom")
    assert (tmp_path / "line").read_text() == "--format=custom\n"
    assert (tmp_path / "variables").read_text() == "heron-41 require\n"
    assert "PGOPTIONS" not in backups.make_environment()


@pytest.mark.parametrize(("releases", "chosen"), [([15, 18, 19], 18), ([20, 19, 17], 19), ([18], 18)])
def test_uses_the_program_of_the_servers_release_or_the_next_newer_one(db, tmp_path, monkeypatch, releases, chosen):
    monkeypatch.setattr(connections["default"], "pg_version", 180_004)
    monkeypatch.setattr(backups, "find_installed_programs", lambda _: [write_program(tmp_path, n) for n in releases])
    assert backups.find_program("pg_dump") == f"{tmp_path}/pg_dump-{chosen}"


@pytest.mark.quick
def test_names_the_package_to_install_if_no_program_fits(db, tmp_path, monkeypatch):
    monkeypatch.setattr(connections["default"], "pg_version", 180_004)
    monkeypatch.setattr(backups, "find_installed_programs", lambda _: [write_program(tmp_path, 15)])
    with pytest.raises(
        BackupFailed,
        match=r"PostgreSQL 18, but no pg_dump of release 18 or .* found: .* apt install postgresql-client-18",
    ):
        back_up(tmp_path / "shop.dump")


@pytest.mark.quick
def test_finds_programs_without_the_embedded_server(monkeypatch, tmp_path):
    def raise_not_installed():
        raise backups.ServerFailed

    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "pg_dump").symlink_to(write_program(tmp_path, 16))
    monkeypatch.setattr(backups, "programs_folder", raise_not_installed)
    monkeypatch.setattr(backups, "INSTALLATIONS", (f"{tmp_path}/no-such/*/bin",))
    assert list(backups.find_installed_programs("pg_dump")) == [f"{tmp_path}/pg_dump"]
