"""Plant the fault that PLANTED_FAULT names in this process: Python imports this module when it starts.

The loaders of modules and templates get the text with the fault. No bytecode of a patched module is written or read.
"""

import os
import subprocess
from importlib import import_module
from importlib.machinery import SourceFileLoader
from typing import Any

from testing.faults.table import Fault, find_fault

INHERITED = ("PLANTED_FAULT", "PYTHONPATH")
loaded: list[str] = []  # the name of the fault, once the process has loaded the file


def plant_in_modules(fault: Fault) -> None:
    get_code = SourceFileLoader.get_code

    def get_patched_code(self: SourceFileLoader, fullname: str) -> Any:
        path = self.get_filename(fullname)
        if path != str(fault.path):
            return get_code(self, fullname)
        loaded.append(fault.name)
        return self.source_to_code(fault.patch(fault.path.read_text(encoding="utf-8")), path)

    SourceFileLoader.get_code = get_patched_code  # type: ignore[method-assign]


def plant_in_templates(fault: Fault) -> None:
    loader: Any = import_module("django.template.loaders.filesystem").Loader
    get_contents = loader.get_contents

    def get_patched_contents(self: Any, origin: Any) -> str:
        text: str = get_contents(self, origin)
        if str(origin.name) != str(fault.path):
            return text
        loaded.append(fault.name)
        return fault.patch(text)

    loader.get_contents = get_patched_contents


def plant_in_children() -> None:
    """Let processes that get an environment of their own plant the fault, too, such as the reader of workbooks."""
    start = subprocess.Popen.__init__

    def start_with_fault(self: Any, *args: Any, env: Any = None, **options: Any) -> None:
        further = {name: os.environ[name] for name in INHERITED}
        start(self, *args, env=None if env is None else {**env, **further}, **options)

    subprocess.Popen.__init__ = start_with_fault  # type: ignore[method-assign]


if name := os.environ.get("PLANTED_FAULT"):
    planted = find_fault(name)
    if not planted.sql:
        (plant_in_templates if planted.file.endswith(".html") else plant_in_modules)(planted)
    plant_in_children()
