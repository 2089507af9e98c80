"""The instructions of the frequent requests stay within their budget."""

import pytest

from benchmarks import environment, instructions

ALLOWED = 0.03  # a count may differ from the budget by this share: two runs differ by a tenth of it


def find_differences(counts, budget):
    """Return the requests whose counts differ by more than ALLOWED, each with the ratio to its budget."""
    ratios = {title: counts[title] / thousands for title, thousands in budget.items()}
    return {title: ratio for title, ratio in ratios.items() if abs(ratio - 1) > ALLOWED}


@pytest.mark.long
@pytest.mark.skipif(not instructions.is_installed(), reason="valgrind is not installed")
def test_the_frequent_requests_execute_as_many_instructions_as_their_budget_says():
    """After a change on purpose, `python -m benchmarks.instructions --set` writes the new budget."""
    budget = instructions.read_budget("python", instructions.describe_build())
    with environment.start_database() as database:
        of_database = instructions.read_budget("postgresql", instructions.describe_build(database.version()))
        if not budget and not of_database:
            pytest.skip("The budgets were measured with other builds of Python and PostgreSQL.")
        service, shop = instructions.start_shop(database)
        python = find_differences(instructions.count_instructions(service, shop), budget) if budget else {}
        counts = instructions.count_in_database(database, service, shop) if of_database else {}
    assert {"python": python, "postgresql": find_differences(counts, of_database)} == {"python": {}, "postgresql": {}}


def test_a_request_that_became_dearer_or_cheaper_differs():
    budget = {"one movement": 1000, "the dashboard": 1000, "a page": 1000}
    counts = {"one movement": 1031, "the dashboard": 969, "a page": 1029}
    assert list(find_differences(counts, budget)) == ["one movement", "the dashboard"]
