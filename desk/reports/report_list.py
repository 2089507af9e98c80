"""The list of reports. Each module of this folder with a `REPORT` adds one."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from core.arranging import arrange
from desk import reports
from desk.reports.report import Report


def find_reports() -> Iterator[Report]:
    """Yield the reports of the modules. The modules of views are left out, because they import this one."""
    for module in iter_modules(reports.__path__):
        if not module.ispkg and not module.name.endswith(("views", "urls")):
            found = getattr(import_module(f"{reports.__name__}.{module.name}"), "REPORT", None)
            if found:
                yield found


BY_NAME = {report.name: report for report in find_reports()}
# The reports are in the order in which an owner asks for them.
REPORTS = tuple(BY_NAME[name] for name in arrange({name: report.after for name, report in BY_NAME.items()}))
