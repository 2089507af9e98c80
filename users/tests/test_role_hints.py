"""The form that gives a role says what each role may do."""

from testing.reading.browser import Browser
from testing.tables import all_cases
from users.access.roles import Role
from users.serializers import GIVEN_ROLES


@all_cases("address", ["/shop/form/users/", "/shop/form/users/{}/"])
def test_a_form_explains_each_role_that_it_gives(alice, bob, address):
    page = Browser(alice).get_page(address.format(bob.pk))
    hint = page.partition('id="hint-role"')[2].partition("</div>")[0]
    assert [role for role in GIVEN_ROLES if f"{Role(role).label}: " not in hint] == []
