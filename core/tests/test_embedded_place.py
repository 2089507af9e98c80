"""The paths and permissions of the embedded server's folders."""

import os
import stat
import tempfile
from pathlib import Path

import pytest
from django.db import connection

from core.database.embedded import place
from core.database.embedded.base import DatabaseWrapper


@pytest.fixture
def folder(monkeypatch, tmp_path):
    home = tmp_path / "home"
    monkeypatch.setattr(place, "home", lambda: home)
    return home


def test_each_clone_has_its_own_name(monkeypatch):
    here = place.clone_id()
    assert here == place.clone_id()
    assert (len(here), here.isalnum()) == (12, True)
    monkeypatch.setattr(place, "CLONE", Path("/somewhere/else"))
    assert place.clone_id() != here


def test_files_are_in_the_clone_unless_the_servers_account_cannot_enter_it(monkeypatch):
    monkeypatch.setattr(place, "is_private", lambda _: False)
    assert place.home() == place.CLONE / ".postgres"
    assert place.data_folder() == place.CLONE / ".postgres" / "data"
    monkeypatch.setattr(place, "is_private", lambda _: True)
    assert place.home() == Path("/var/tmp") / f"inventory-api-{place.clone_id()}"  # noqa: S108


def test_only_root_runs_the_server_as_another_account(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert place.server_account() is None
    assert not place.is_private(None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert place.server_account().pw_name == "nobody"


def test_a_clone_in_a_private_home_is_private(monkeypatch, tmp_path):
    private, clone = tmp_path / "home", tmp_path / "home" / "clone"
    clone.mkdir(parents=True)
    monkeypatch.setattr(place, "CLONE", clone)
    private.chmod(0o700)
    assert place.is_private(object())
    assert not place.is_private(None)
    monkeypatch.setattr(place, "CLONE", Path("/"))
    assert not place.is_private(object())


def test_a_socket_is_beside_the_data_unless_its_path_is_too_long(monkeypatch):
    monkeypatch.setattr(place, "home", lambda: Path("/srv/shop/.postgres"))
    assert place.socket_folder() == Path("/srv/shop/.postgres/socket")
    monkeypatch.setattr(place, "home", lambda: Path("/" + "x" * 80))
    assert place.socket_folder() == Path(tempfile.gettempdir()) / f"inventory-api-{place.clone_id()}"
    assert len(bytes(place.socket_folder() / ".s.PGSQL.5432.lock")) < 107


def test_a_private_folder_belongs_to_the_servers_account(folder):
    place.make_private(folder)
    place.make_private(folder)
    account = place.server_account()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == (account.pw_uid if account else os.geteuid())


def test_refuses_a_folder_of_another_user(folder, monkeypatch):
    place.make_private(folder)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(PermissionError, match="belongs to another user: remove it"):
        place.make_private(folder)
    monkeypatch.undo()


def test_root_takes_over_no_folder_of_another_user(folder, monkeypatch):
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 12345, -1)
    owner = folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(PermissionError, match="belongs to another user: remove it"):
        place.make_private(folder)
    assert folder.stat().st_uid == owner
    monkeypatch.undo()


def test_the_demo_secret_is_created_once_and_readable_only_by_its_owner(folder):
    secret = place.demo_secret()
    assert len(secret) >= 50
    assert place.demo_secret() == secret
    assert secret.startswith(place.DEMO_SECRET_PREFIX)
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600


def test_creating_the_backend_does_not_start_the_server(folder):
    settings = {**connection.settings_dict}
    DatabaseWrapper(settings, "embedded")
    assert settings["HOST"] == str(place.socket_folder())
    assert (settings["USER"], settings["PORT"], settings["PASSWORD"]) == ("postgres", "", "")
    assert not folder.exists()
