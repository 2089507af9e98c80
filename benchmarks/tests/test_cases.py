from benchmarks.cases import make_cases
from benchmarks.contenders import BARE, PRODUCT, Contender, Contenders
from benchmarks.peers import FASTAPI, PACKAGES
from core.database.embedded import place
from testing.tables import all_cases

NAMES = {"FIRST": "11", "LAST": "10010", "TOKEN": "x"}
OTHER = Contender("product at 1234abcd", "", 0, {**NAMES, "FIRST": "21"})
ALONE = Contenders(None, None, [Contender(PRODUCT, "", 0, NAMES)], [Contender(BARE, "", 0, NAMES)])
ALL = Contenders(None, None, [*ALONE.products, OTHER], [*ALONE.references, Contender(FASTAPI, "", 0, NAMES)])


def test_fastapi_and_the_other_commit_run_in_the_same_rounds():
    runs = {case.title: [run.name for run in case.runs] for case in make_cases(ALL)}
    assert runs["One movement, one hot product"] == [PRODUCT, OTHER.name, BARE, FASTAPI]
    assert runs["Signing in"] == [PRODUCT, OTHER.name, "the password hash alone"]
    assert "single movements at 1234abcd" in runs["Operations of 100 lines, in lines per second"]


@all_cases("contenders", [ALONE, ALL])
def test_each_goal_is_about_rows_of_its_table(contenders):
    for case in make_cases(contenders):
        names = {run.name for run in case.runs}
        assert len(names) == len(case.runs)
        assert case.goals
        assert all({goal.of, goal.to} <= names for goal in case.goals)


def test_the_other_commit_books_movements_of_its_own_products():
    [hot] = [case for case in make_cases(ALL) if "hot" in case.title]
    first = {run.name: (run.variables["FIRST"], run.variables["LAST"]) for run in hot.runs}
    assert (first[PRODUCT], first[OTHER.name]) == (("11", "11"), ("21", "21"))


def pinned_names(file):
    lines = (place.CLONE / file).read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert all("==" in pin for pin in pins)
    return {pin.split("==")[0].lower() for pin in pins}


def test_the_packages_of_fastapi_are_pinned_but_not_installed_with_those_of_the_tests():
    pinned = pinned_names("testing/requirements/bench.txt")
    assert set(PACKAGES) <= pinned
    assert not pinned & (pinned_names("requirements.txt") | pinned_names("testing/requirements/dev.txt"))
