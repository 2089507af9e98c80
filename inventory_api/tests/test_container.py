"""What `make container` runs is read from the Dockerfile, compose.yaml and docs/deploying.md, and is all of it."""

import re

import pytest

from core.database.embedded import place
from testing.servers import container
from testing.tables import all_cases


def test_every_service_of_the_image_has_a_check():
    assert container.list_services() == list(container.CHECKS)


@all_cases(
    ("text", "value"),
    [
        ("inventory", "inventory"),
        ("${WEB_CONCURRENCY:-2}", "2"),
        ("${EMAIL_URL:-}", ""),
        ("${DB_HOST:-db}", container.SETTINGS["DB_HOST"]),
        ("${SECRET_KEY:?Set SECRET_KEY in .env.}", container.SETTINGS["SECRET_KEY"]),
    ],
)
def test_variables_of_compose_have_the_values_of_the_settings_or_their_defaults(text, value):
    assert container.fill_in(text) == value


def test_a_required_variable_without_a_value_is_an_error():
    with pytest.raises(KeyError, match="NEW"):
        container.fill_in("${NEW:?Set NEW in .env.}")


def test_the_page_has_a_command_that_writes_a_backup_and_one_that_restores_it():
    dump, restore = container.read_backup_commands()
    assert (dump[0], restore[0]) == ("pg_dump", "pg_restore")


def test_without_buildah_the_check_is_skipped_and_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    assert container.main() == 0
    assert capsys.readouterr().out == (
        "Skipped make container: buildah is not installed (on Debian: apt install buildah).\n"
    )


def test_every_long_check_is_described():
    [targets] = re.findall(r"^check-long: check long (.*)$", (place.CLONE / "Makefile").read_text(), re.M)
    page = (place.CLONE / "CONTRIBUTING.md").read_text()
    assert [name for name in targets.split() if f"| `make {name}` |" not in page] == []
    assert "container" in targets.split()
