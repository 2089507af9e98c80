"""Every role sends every kind of request of every operation, and the laws of testing/laws/ hold of all responses."""

import pytest

from testing.cast.shops import ROLES
from testing.laws import responses
from testing.laws.record import ALL, Kind, Record, keep_records
from users.models import User

pytestmark = [pytest.mark.usefixtures("shared_world"), pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(scope="module")
def record(shared_world):
    """Return a function that returns the whole record of a role. All tests of the module share the responses."""
    return keep_records(shared_world, kinds=dict.fromkeys(ROLES, ALL))


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_admitted_or_refused_as_the_table_says(record, role):
    assert responses.find_disagreements(record(role)) == set()


@pytest.mark.parametrize("law", responses.LAWS)
@pytest.mark.parametrize("role", ROLES)
def test_the_law_holds_of_all_responses(record, role, law):
    if (role, law) != ("cora", "is described by the schema"):  # counters get only some of the fields
        assert not responses.LAWS[law](record(role))


@pytest.mark.parametrize("role", ROLES)
def test_no_page_fails_that_shows_nothing_for_programs(world, role):
    record = Record(world, role, prepare=lambda _: User.objects.update(developer=False))
    assert {sent.address for sent in record.get(Kind.PAGE) if sent.answer.status >= 500} == set()
