"""The mutants that `python -m testing.mutants` makes, the tests that it chooses, and those that no test finds."""

import ast
from functools import cache

import pytest

from testing.laws.sources import ROOT
from testing.mutants import changed, choosing
from testing.mutants.__main__ import choose_sample, read_survivors
from testing.mutants.operators import make_mutants
from testing.mutants.planted import list_planted, make_planted
from testing.tables import all_cases

MAX_SURVIVORS = 0  # without those that are equal; lower it when one is gone


@all_cases(
    ("file", "line", "mutants"),
    [
        ("a.py", "x = a and b", ["x = ((b))", "x = ((a))"]),
        ("a.py", "x = a < b", ["x = a <= b"]),
        ("a.py", "x = rows[0]", ["x = rows[-1]"]),
        ("a.py", 'x = rows.order_by("-id")', ['x = rows.order_by("id")']),
        ("a.py", "x = rows.first()", ["x = rows.last()"]),
        ("a.py", "x = min(a, 1)", ["x = max(a, 1)", "x = a", "x = 1"]),
        ("a.py", "x = rows.filter(owner=user)", ["x = rows.filter()"]),
        ("a.py", "x = rows.filter(a=1, b=2)", ["x = rows.filter(a=1)", "x = rows.filter(b=2)", "x = rows"]),
        ("a.py", "x = Row.objects.for_user(user)", ["x = Row.objects.all()"]),
        ("a.py", "x = [a for a in b if a.c]", ["x = [a for a in b if True]"]),
        ("a.py", "x = y.quantize(1, ROUND_HALF_UP)", ["x = y.quantize(1, ROUND_DOWN)"]),
        ("a.py", "x = timedelta(days=3)", ["x = timedelta(days=3 + 1)"]),
        ("a.py", "x = a is None", ["x = (not(a))"]),
        ("a.py", "x = f(a=True)", ["x = f(a=False)"]),
        ("a.py", "x = rows.select_for_update(of=a).get()", ["x = rows.get()", "x = rows.select_for_update().get()"]),
        ("a.py", "x = f(a, b)", ["x = f(b, a)"]),
        ("a.py", "x = a - b", ["x = ((a) + (b))", "x = (a)"]),
        ("a.py", 'x = "{a} of {b}"', ['x = "{b} of {a}"']),
        ("a.py", 'x = "SELECT FROM a WHERE b AND c"', ['x = "SELECT FROM a WHERE b "', 'x = "SELECT FROM a WHERE c"']),
        ("a.py", 'x = "WHERE a AND b BETWEEN c AND d"', ['x = "WHERE a "', 'x = "WHERE b BETWEEN c AND d"']),
        ("a.py", "x = zip(rows.all(), strict=True)", []),
        ("a.py", 'x = "SELECT max(a) FOR UPDATE"', ['x = "SELECT max(a)"', 'x = "SELECT min(a) FOR UPDATE"']),
        ("a.py", 'x = "SELECT COALESCE(a, 0)"', ['x = "SELECT (a)"']),
        ("a.py", 'x = f"ORDER BY {a} DESC"', ['x = f"ORDER BY {a}"']),
        ("a.html", "{% if a and not b %}", ["{% if a %}", "{% if not b %}"]),
        ("a.html", "<input checked>", ["<input>"]),
        ("a.js", "const x = Math.round(y);", ["const x = Math.floor(y);"]),
        ("a.js", "x = y[0] ?? 0;", ["x = y.at(-1) ?? 0;", "x = y[0];"]),
        ("a.js", "// x = y[0];", []),
        ("a.py", "x = rows.filter(day__gte=y)", ["x = rows.filter()", "x = rows.filter(day__gt=y)"]),
        ("a.py", 'x = {"day__lt": y}', ['x = {"day__lte": y}']),
        ("a.py", "x = rows.live()", ["x = rows"]),
        ("a.py", "x = a or b", ["x = ((a))", "x = ((b))", "x = ((b) or (a))"]),
        ("a.py", "x = a if b else c", ["x = (a)", "x = (c)"]),
        ("a.py", "record(x)", ["None"]),
        ("a.py", "x += y", ["None"]),
        ("a.py", "x = a + b", ["x = (a)"]),
        ("a.py", "x = f(a=b)", ["x = f()"]),
        ("a.py", "x = f(-a)", ["x = f((a))"]),
        ("a.py", "x = a | b", ["x = (a)"]),
        ("a.py", "x = {a, b}", ["x = {a}", "x = {b}"]),
        ("a.py", 'x = rows.order_by("a", "b")', ['x = rows.order_by("-a", "b")', 'x = rows.order_by("a", "-b")',
                                                 'x = rows.order_by("a")', 'x = rows.order_by("b")']),
        ("a.py", "rights = grant(Right.WORK)", ["rights = grant(Right.READ)"]),
        ("a.py", "def f(a: int, b: int): return a", ["def f(a: int, b: int): return b"]),
        ("a.py", "def f(a: b | c = True) -> d | e: a", ["def f(a: b | c = False) -> d | e: a"]),
        ("a.py", "x: a | None = True", ["x: a | None = False"]),
        ("a.py", 'x = "SELECT a WHERE b"', ['x = "SELECT a "']),
        ("a.py", 'x = "CASE WHEN a THEN b ELSE c END"', ['x = "(b)"', 'x = "(c)"']),
        ("a.py", 'x = "SELECT a ORDER BY b, c"', ['x = "SELECT a ORDER BY b DESC, c"', 'x = "SELECT a ORDER BY c, b"']),
        ("a.js", "x = a ? b : c;", ["x = a && false ? b : c;", "x = a || true ? b : c;"]),
        ("a.js", "x = a + b;", ["x = a - b;", "x = a;"]),
        ("a.js", "x = rows.filter((row) => row.a);", ["x = rows;"]),
    ],
)  # fmt: skip
def test_each_rule_makes_a_mutant(file, line, mutants):
    found = make_mutants(file, f"{line}\n".encode())
    assert sorted(mutant.new for mutant in found) == sorted(mutants)
    assert all(mutant.apply(f"{line}\n".encode()).decode() == f"{mutant.new}\n" for mutant in found)


def test_a_mutant_has_as_many_lines_as_name_one_place():
    first, second = make_mutants("a.py", b"x = f(\n    a=True,\n)\ny = f(\n    a=True,\n)\n")
    assert (first.old, second.old, second.line) == ("x = f(\n    a=True,", "y = f(\n    a=True,", 5)


def test_a_sample_has_mutants_of_each_rule_and_is_the_same_again():
    mutants = make_mutants("a.py", b"x = [a and b, a and c, a and d, a < b]\n")
    assert {one.edit.rule for one in choose_sample(mutants, 2, 1)} == {"conjunct", "boundary"}
    assert choose_sample(mutants, 3, 1) == choose_sample(mutants, 3, 1)


def test_the_tests_of_a_mutant_are_those_of_its_line_nearest_first(monkeypatch):
    files = ("trade/selling/tests/test_sold.py", "core/tests/test_money.py", "trade/kits/tests/test_kits.py")
    tests = [f"{file}::test_{number}" for file in files for number in range(30)]
    monkeypatch.setattr(choosing, "find_tests", lambda _mutant: set(tests))
    monkeypatch.setattr(choosing, "read_quick", lambda: {tests[30]})
    [mutant] = make_mutants("trade/selling/sold.py", b"x = a < b\n")
    chosen = choosing.choose_tests(mutant)
    assert chosen[:2] == [tests[30], tests[0]]
    assert [test.partition("::")[0] for test in chosen[1:]] == [files[0]] * 30 + [files[2]] * 9


def test_the_decorators_of_a_function_run_with_it():
    [function] = ast.parse("@one\n@two(\n    a,\n)\ndef act():\n    pass\n").body
    assert choosing.list_lines(function) == {1, 2, 3, 4, 6}


@cache
def name_mutants(file):
    return {(mutant.old, mutant.new) for mutant in make_mutants(file, (ROOT / file).read_bytes())}


@all_cases("survivor", read_survivors())
def test_each_survivor_is_a_mutant_of_its_file(survivor):
    assert (survivor["old"], survivor["new"]) in name_mutants(survivor["file"])
    assert len(survivor.get("equal", "It is another mutant.").split()) > 3


@pytest.mark.quick
def test_there_are_no_more_survivors_than_there_were():
    assert sum("equal" not in survivor for survivor in read_survivors()) == MAX_SURVIVORS


def test_each_planted_mistake_is_a_change_of_one_place():
    for mutant in list_planted():
        source = (ROOT / mutant.file).read_bytes()
        assert mutant.edit.rule.endswith(".")
        assert mutant.statement or mutant.apply(source) != source
        if mutant.file.endswith(".py"):
            ast.parse(mutant.apply(source), mutant.file)


def test_a_text_that_occurs_twice_can_not_be_replaced():
    with pytest.raises(ValueError, match=r"occurs \d+ times"):
        make_planted("manage.py", "A rule.", "import", "export")


def test_the_changed_lines_of_the_product_are_read():
    rows = [
        "+++ b/stock/views.py",
        "@@ -1,2 +3,2 @@ def f():",
        "+x",
        "@@ -9 +12 @@",
        "+++ b/stock/tests/test_a.py",
        "@@ -1 +1 @@",
    ]
    assert changed.read_hunks(rows) == {"stock/views.py": {3, 4, 12}}


def test_mutants_of_changed_lines_are_chosen_by_their_text(monkeypatch):
    monkeypatch.setattr(changed, "list_changed_lines", lambda _commit: {"trade/selling/services.py": {*range(1, 1000)}})
    chosen = changed.choose_mutants()
    assert len(chosen) == changed.MAX_MUTANTS
    assert chosen == changed.choose_mutants()


def test_what_has_no_result_is_named(capsys):
    assert changed.show_unjudged(make_mutants("a.py", b"x = a < b\n")) == 0
    assert "a.py:1 boundary" in capsys.readouterr().out
