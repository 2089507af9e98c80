"""The references are served by the product's gunicorn worker."""

import re
from pathlib import Path

from benchmarks import references
from core.server import worker


def test_plain_drf_has_every_setting_that_the_worker_reads():
    server = "".join(file.read_text() for file in Path(worker.__file__).parent.glob("*.py"))
    plain = (Path(references.__file__).parent / "plain_drf" / "settings.py").read_text()
    read = set(re.findall(r"\bsettings\.([A-Z_]+)", server))
    assert read
    assert read <= set(re.findall(r"^([A-Z_]+) =", plain, re.MULTILINE))
