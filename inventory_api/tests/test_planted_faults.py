"""The faults that `python -m testing.faults` plants can be planted, and each folder with services has one."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from testing.faults import table
from testing.faults.__main__ import order_tests, read_result
from testing.sources import ROOT, list_files
from testing.tables import all_cases

FAULTS = table.list_faults()
WRITERS = ("services.py", "*_services.py")
FOLDERS_OF_WRITERS = {"booking", "goods", "importing", "proofs"}


def test_each_fault_has_a_name_of_its_own():
    numbers = Counter(fault.name for fault in FAULTS)
    assert [name for name, number in numbers.items() if number > 1] == []


def test_each_fault_is_a_change_of_one_place():
    wrong = []
    for fault in FAULTS:
        try:
            patched = fault.patch(fault.path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            wrong.append(str(error))
            continue
        if fault.path.suffix == ".py":
            ast.parse(patched, fault.file)
        assert fault.rule.endswith("."), fault.name
        assert fault.sql or fault.new != fault.old, fault.name
    assert wrong == []


def test_each_folder_with_services_has_a_fault():
    writers = {file.parent for pattern in WRITERS for file in list_files(f"**/{pattern}")}
    writers |= {file.parent for file in list_files() if file.parent.name in FOLDERS_OF_WRITERS}
    planted = {fault.path.parent for fault in FAULTS}
    assert [folder.relative_to(ROOT).as_posix() for folder in sorted(writers - planted)] == []


def test_a_text_that_occurs_twice_can_not_be_replaced():
    fault = table.Fault(name="twice", subject="", rule="", file="", old="a", new="b")
    with pytest.raises(ValueError, match="occurs 2 times"):
        fault.patch("a a")


def test_the_tests_near_a_fault_run_first():
    fault = table.Fault(name="near", subject="", rule="", file="stock/places/services.py", old="")
    paths = ["core/tests", "stock/tests", "stock/places/tests"]
    folders = list(dict.fromkeys(str(Path(file).parent) for file in order_tests(fault, paths)))
    assert folders[:2] == ["stock/places/tests", "stock/tests"]


@all_cases(
    ("status", "output", "found", "first"),
    [
        (0, "5 passed in 1.00s", False, None),
        (1, "ERROR    a.py:1 log\nFAILED a.py::test[x y] - boom\n1 failed in 1.00s", True, "a.py::test[x y]"),
        (4, "ERROR: not found", None, None),
        (0, "the fault was not loaded\n5 passed in 1.00s", None, None),
    ],
)  # fmt: skip
def test_the_result_of_a_run(status, output, found, first):
    fault = table.Fault(name="some", subject="", rule="", file="", old="")
    result = read_result(fault, status, output)
    assert (result["found"], result["first"]) == (found, first)
