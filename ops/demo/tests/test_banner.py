"""What `make run` prints about the demo works, also after an upgrade and after the demo's users have changed it."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from ops.demo import state
from ops.demo.credentials import DEMO_AGENT_KEY, DEMO_KEY, DEMO_USERS, make_banner
from ops.demo.filling import create_users
from users.keys.services import MAX_LIVE_KEYS
from users.models import ApiKey, User

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def demo(settings):
    settings.DEMO = True
    return create_users()["demo"]


def print_banner():
    return make_banner(8000, state.list_working_users(), state.list_working_keys())


def find_keys(banner):
    return re.findall(r"inv_\S+", banner)


def test_a_new_demo_has_everything_that_its_text_can_name(demo):
    assert print_banner() == make_banner(8000)
    assert find_keys(print_banner()) == [DEMO_KEY, DEMO_AGENT_KEY]


@pytest.mark.quick
def test_the_next_start_adds_the_key_that_an_earlier_release_did_not_make(demo, client):
    ApiKey.objects.get(name="agent").delete()
    assert find_keys(print_banner()) == [DEMO_KEY]
    call_command("load_demo")
    assert find_keys(print_banner()) == [DEMO_KEY, DEMO_AGENT_KEY]
    for key in find_keys(print_banner()):
        assert client.get("/api/", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_each_address_leads_to_what_it_names(demo, client):
    addresses = dict(re.findall(r"(\w+) +http://127.0.0.1:8000(/\S*)", print_banner().partition("Sign in")[0]))
    assert {"Shop", "Till", "API", "Docs"} <= set(addresses)
    for path in addresses.values():
        assert client.get(path).status_code in {200, 302, 401}
    assert demo.username in client.get(addresses["Shop"]).content.decode()


def test_a_revoked_key_is_not_printed_and_stays_revoked(demo):
    ApiKey.objects.filter(name="agent").update(revoked_at=timezone.now())
    call_command("load_demo")
    assert find_keys(print_banner()) == [DEMO_KEY]
    assert "an agent at" not in print_banner()


def test_a_deactivated_user_and_its_keys_are_not_printed(demo):
    User.objects.filter(username__in=["demo", "support"]).update(is_active=False)
    assert not {"demo", "helper", "trainee", "support"} & set(re.findall(r"^    (\w+) +\S+  ", print_banner(), re.M))
    assert find_keys(print_banner()) == []
    assert "none is left: make reset creates them again" in print_banner()


def test_names_the_limit_of_keys_if_it_leaves_no_room_for_a_new_one(demo):
    ApiKey.objects.get(name="agent").delete()
    ApiKey.objects.bulk_create(
        ApiKey(user=demo, name="own", scope="read", prefix=f"own{number}", digest=bytes(32))
        for number in range(MAX_LIVE_KEYS)
    )
    said = StringIO()
    call_command("load_demo", stdout=said)
    assert said.getvalue().startswith(f"The demo lacks an API key: You have {MAX_LIVE_KEYS} API keys already")


def test_every_user_has_a_line(demo):
    assert re.findall(r"^    (\w+) +tea\S+  ", print_banner(), re.M) == list(DEMO_USERS)
