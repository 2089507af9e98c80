"""The references are served by the product's gunicorn worker."""

import re
from pathlib import Path

import pytest

from benchmarks import references
from core.server import worker

pytestmark = pytest.mark.check


@pytest.mark.parametrize("project", ["plain_drf", "django_ninja"])
def test_a_django_project_has_every_setting_that_the_worker_reads(project):
    server = "".join(file.read_text() for file in Path(worker.__file__).parent.glob("*.py"))
    settings = (Path(references.__file__).parent / project / "settings.py").read_text()
    read = set(re.findall(r"\bsettings\.([A-Z_]+)", server))
    assert read
    assert read <= set(re.findall(r"^([A-Z_]+) =", settings, re.MULTILINE))
