"""Security events belong to the account in which they happened, even after a worker has moved to another one."""

import pytest
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from users import services
from users.access.permissions import Caller
from users.access.roles import Role
from users.models import User
from users.sign_in import services as sign_in_services

EVENTS = "/api/users/events/"
NEW = "another-horse-8"
ALICES_ADDRESS = "192.0.2.7"


def read(client):
    """Return kind and user of the events that the client may read, newest first."""
    return [(event["kind"], event["user"]) for event in client.get(EVENTS).json()["results"]]


def move(worker, employer):
    User.objects.filter(pk=worker.pk).update(employer=employer)
    worker.refresh_from_db()


@pytest.fixture
def moved_bob(as_alice, bob, charlie):
    """Return Bob, whose password Alice set before he moved to Charlie's account."""
    change = {"password": NEW}
    assert as_alice.patch(f"/api/users/{bob.pk}/", change, REMOTE_ADDR=ALICES_ADDRESS).status_code == 200
    move(bob, charlie)
    return bob


def test_the_new_employer_of_a_moved_worker_reads_no_earlier_events(as_charlie, moved_bob):
    response = as_charlie.get(EVENTS)
    assert response.json()["results"] == []
    assert ALICES_ADDRESS not in response.text


def test_the_former_employer_still_reads_earlier_events(as_alice, moved_bob):
    assert read(as_alice) == [("password_changed", moved_bob.pk)]


def test_the_former_employer_reads_no_later_events(as_alice, as_charlie, moved_bob):
    services.change_user(by=Caller(), user=moved_bob, phone="1", password="otter-gold-57")
    assert read(as_charlie) == [("password_changed", moved_bob.pk)]
    assert len(read(as_alice)) == 1


def test_a_moved_worker_does_not_read_events_that_name_its_former_employer(moved_bob):
    client = client_of(moved_bob)
    assert read(client) == []
    sign_in_services.sign_out_everywhere(by=Caller(), user=moved_bob)
    assert read(client) == [("signed_out_everywhere", moved_bob.pk)]


def test_a_worker_reads_events_from_before_its_employment_and_the_employer_does_not(as_charlie, charlie, dora):
    sign_in_services.sign_out_everywhere(by=Caller(), user=dora)
    move(dora, charlie)
    assert read(client_of(dora)) == [("signed_out_everywhere", dora.pk)]
    assert read(as_charlie) == []


def test_a_worker_that_becomes_an_owner_still_reads_its_own_events(dora):
    sign_in_services.sign_out_everywhere(by=Caller(), user=dora)
    services.change_user(by=Caller(), user=dora, role=Role.OWNER)
    assert read(client_of(dora)) == [("role_changed", dora.pk), ("signed_out_everywhere", dora.pk)]


def test_a_demoted_owner_reads_its_own_events_only(as_alice, alice, bob):
    for user in (alice, bob):
        sign_in_services.sign_out_everywhere(by=Caller(), user=user)
    User.objects.filter(pk=alice.pk).update(role=Role.WORKER)
    assert read(as_alice) == [("signed_out_everywhere", alice.pk)]


def test_the_desk_shows_the_account_of_an_event(alice, charlie, moved_bob):
    desk = Client()
    desk.force_login(User.objects.create_superuser("support", password=PASSWORD))
    pages = [desk.get(f"/admin/accounts/{owner.pk}/") for owner in (alice, charlie)]
    assert [len(page.context["events"]) for page in pages] == [1, 0]
    listed = desk.get("/admin/users/securityevent/")
    assert '<td class="field-account nowrap">' in listed.text
    assert ALICES_ADDRESS in listed.text
