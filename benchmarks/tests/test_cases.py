import pytest

from benchmarks.__main__ import check_movement
from benchmarks.cases import make_cases
from benchmarks.contenders import BARE, DATABASE_ALONE, DUTIFUL, PLAIN_DRF, PRODUCT, Contender, Contenders
from benchmarks.peers import FASTAPI_ASYNC, FASTAPI_SYNC, NINJA, PACKAGES, PEERS
from core.database.embedded import place

pytestmark = pytest.mark.check

NAMES = {"OWNER": "1", "FIRST": "11", "LAST": "10010", "TOKEN": "x"}
OTHER = Contender("product at 1234abcd", "", 0, {**NAMES, "FIRST": "21"}, is_product=True)
BOOKED = {"id": 1, "quantity": 1, "old_quantity": 10, "new_quantity": 9}


def make_contenders(*others):
    product = Contender(PRODUCT, "", 0, NAMES, is_product=True)
    references = [Contender(name, "", 0, NAMES) for name in (BARE, DUTIFUL, PLAIN_DRF, DATABASE_ALONE)]
    return Contenders(None, None, product, *references, list(others))


def describe(contenders):
    return {case.title: [run.name for run in case.runs] for case in make_cases(contenders)}


def test_without_peers_the_product_is_compared_with_its_own_references():
    runs = describe(make_contenders())
    assert runs["One movement, one hot product"] == [PRODUCT, BARE, DUTIFUL, PLAIN_DRF, DATABASE_ALONE]
    assert runs["Operations of 100 lines, in lines per second"] == ["operations of 100 lines", "single movements"]


def test_peers_and_the_other_commit_run_in_the_same_rounds():
    runs = describe(make_contenders(OTHER, *(Contender(peer.name, "", 0, NAMES) for peer in PEERS)))
    peers = [FASTAPI_ASYNC, FASTAPI_SYNC, NINJA]
    assert runs["One movement, one hot product"] == [
        PRODUCT,
        OTHER.name,
        BARE,
        DUTIFUL,
        *peers,
        PLAIN_DRF,
        DATABASE_ALONE,
    ]
    assert runs["Signing in"] == [PRODUCT, OTHER.name, "the password hash alone"]
    assert "single movements at 1234abcd" in runs["Operations of 100 lines, in lines per second"]


@pytest.mark.parametrize("others", [[], [OTHER], [OTHER, *(Contender(peer.name, "", 0, NAMES) for peer in PEERS)]])
def test_each_goal_is_about_rows_of_its_table(others):
    for case in make_cases(make_contenders(*others)):
        names = {run.name for run in case.runs}
        assert len(names) == len(case.runs)
        assert case.goals
        assert all({goal.of, goal.to} <= names for goal in case.goals)


def test_the_other_commit_books_movements_of_its_own_products():
    [hot] = [case for case in make_cases(make_contenders(OTHER)) if "hot" in case.title]
    first = {run.name: (run.variables["FIRST"], run.variables["LAST"]) for run in hot.runs}
    assert (first[PRODUCT], first[OTHER.name]) == (("11", "11"), ("21", "21"))


@pytest.mark.parametrize("change", [{"quantity": 2}, {"old_quantity": 10}])
def test_a_reference_that_books_something_else_is_an_error(monkeypatch, change):
    contenders = make_contenders()
    continued = {"id": 2, "quantity": 1, "old_quantity": 9, "new_quantity": 8}
    answers = {PRODUCT: BOOKED, BARE: continued}
    monkeypatch.setattr("benchmarks.__main__.fetch_json", lambda contender, *_request: answers[contender.name])
    check_movement(contenders.product, contenders.bare)
    answers[BARE] = {**continued, **change}
    with pytest.raises(AssertionError):
        check_movement(contenders.product, contenders.bare)


def pinned_names(file):
    lines = (place.CLONE / file).read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert all("==" in pin for pin in pins)
    return {pin.split("==")[0].lower() for pin in pins}


def test_the_packages_of_the_peers_are_pinned_but_not_installed_with_those_of_the_tests():
    pinned = pinned_names("testing/requirements/bench.txt")
    assert {"django-ninja" if package == "ninja" else package for package in PACKAGES} <= pinned
    assert not pinned & (pinned_names("requirements.txt") | pinned_names("testing/requirements/dev.txt"))
