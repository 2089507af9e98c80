import pytest

from benchmarks import results
from benchmarks.contenders import Contender, Measured
from benchmarks.load import Load
from benchmarks.rounds import Case, Goal, Row, Run, table, verdicts


@pytest.fixture
def page(tmp_path, monkeypatch):
    file = tmp_path / "RESULTS.md"
    monkeypatch.setattr(results, "RESULTS", file)
    return file


def test_a_section_replaces_its_older_self_and_keeps_the_others(page):
    for section, body in [("A", "old\n\n### Part\n\nmore"), ("B", "kept"), ("A", "new")]:
        results.write(section, body)
    assert page.read_text() == results.TITLE + "\n## A\n\nnew\n\n## B\n\nkept\n"


def row(name, rates, cpu):
    run = Run(Contender(name, "", 0), "/", "read", {})
    return Row(run, [Measured(Load(1.0, rate, 1.0, 2.0), cpu, 0.5) for rate in rates])


def test_rates_are_medians_and_ratios_are_to_the_first():
    lines = list(table([row("product", [90, 100, 300], 1.5), row("bare", [200], 0.5)]))
    assert [cells[:4] for cells in lines[1:]] == [
        ["product", "100", "1.00", "90..300"],
        ["bare", "200", "0.50", "200..200"],
    ]


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        (Goal("product", "bare", at_least=0.5), "Reached: 0.50 x."),
        (Goal("product", "bare", at_least=0.6), "**Not reached**: 0.50 x."),
        (Goal("product", "bare", at_most_cpu=2.0), "Reached: 2.00 x."),
        (Goal("product", "bare", at_most_cpu=1.9), "**Not reached**: 2.00 x."),
    ],
)
def test_a_goal_is_reached_or_not(goal, verdict):
    case = Case("", [], [goal])
    [sentence] = verdicts(case, [row("product", [100], 1.5), row("bare", [200], 0.5)])
    assert sentence.endswith(verdict)
