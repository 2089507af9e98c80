"""Those without a shop, and without a token, send every operation: each is refused, or reads nothing of any shop.

The laws of testing/laws/ hold of all responses.
"""

import pytest

from testing.cast.shops import RIGHTS_OF, ROLES
from testing.laws import responses
from testing.laws.record import Kind
from testing.laws.walk import SUCCESS, expected_outcome, list_calls

pytestmark = [pytest.mark.usefixtures("shared_world"), pytest.mark.django_db]
GUESTS = [role for role, rights in RIGHTS_OF.items() if not rights]


@pytest.mark.quick
def test_covers_all_operations_and_outcomes():
    outcomes = [expected_outcome(call, role) for role in ROLES for call in list_calls()]
    assert len(outcomes) >= 64 * 7
    assert {*outcomes} == {SUCCESS, 400, 401, 403, 404, 409}


@pytest.mark.quick
@pytest.mark.parametrize("role", GUESTS)
def test_every_guest_is_refused_what_the_table_refuses(record, role):
    assert responses.find_disagreements(record(role), Kind.FORBIDDEN) == set()


@pytest.mark.parametrize("role", GUESTS)
def test_every_guest_may_send_what_the_table_allows(record, role):
    assert responses.find_disagreements(record(role), Kind.VALID) == set()


@pytest.mark.parametrize("law", responses.LAWS)
@pytest.mark.parametrize("role", ["nobody", "helen"])
def test_the_law_holds_of_all_responses_to_a_guest(record, role, law):
    assert not responses.LAWS[law](record(role))
