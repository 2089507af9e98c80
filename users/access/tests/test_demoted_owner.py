"""An owner that was made a worker no longer has an account, and neither have the workers that it employs."""

import pytest
from django.test import Client

from stock.proofs.verification import verify_account
from testing.cast.people import PASSWORD, client_of, make_product, make_user
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.access.roles import Role
from users.models import User
from users.sign_in import tokens
from users.tests.test_admin import save


@pytest.fixture
def demoted(alice, bob, kettle):
    """Return Alice, who has a worker and rows, after an SQL statement has made her a worker."""
    User.objects.filter(pk=alice.pk).update(role=Role.WORKER)
    alice.refresh_from_db()
    return alice


def sign_in(name):
    return client_of(None).post("/api/login/", {"username": name, "password": PASSWORD})


# --- Access ---------------------------------------------------------------------------------------------


def test_a_demoted_owner_lists_only_itself(as_alice, demoted):
    assert [user["id"] for user in as_alice.get("/api/users/").json()["results"]] == [demoted.pk]


@all_cases("change", [{"password": "another-horse-8"}, {"is_active": False}, {"phone": "1"}])
def test_a_demoted_owner_can_not_change_former_workers(as_alice, demoted, bob, change):
    assert as_alice.patch(f"/api/users/{bob.pk}/", change).status_code == 404
    assert as_alice.delete(f"/api/users/{bob.pk}/").status_code == 404
    assert User.objects.get(pk=bob.pk).check_password(PASSWORD)


def test_a_demoted_owner_can_not_read_or_write_rows(as_alice, demoted, kettle):
    assert as_alice.get("/api/products/").json()["count"] == 0
    booking = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    assert as_alice.post("/api/stock/", booking).status_code == 403
    assert as_alice.post("/api/products/", {"name": "Mug", "price": "1"}).status_code == 403


def test_a_demoted_owner_can_not_make_itself_an_owner(as_alice, demoted):
    response = as_alice.patch("/api/users/me/", {"role": "owner"})
    assert (response.status_code, list(response.json())) == (400, ["role"])
    assert User.objects.get(pk=demoted.pk).role == Role.WORKER


def test_a_worker_of_a_demoted_owner_is_signed_out_and_can_not_sign_in(as_bob, bob, demoted):
    pair = tokens.issue_tokens(bob)
    assert as_bob.get("/api/products/").status_code == 401
    assert client_of(None).post("/api/auth/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert sign_in("bob").status_code == 401


def test_the_session_of_a_demoted_owners_worker_ends(alice, bob):
    browser = Client()
    browser.force_login(bob)
    assert browser.get("/api/").status_code == 200
    User.objects.filter(pk=alice.pk).update(role=Role.WORKER)
    assert browser.get("/api/").status_code == 401


def test_a_worker_of_a_worker_has_no_account(bob, dora):
    dora.employer = bob
    assert (dora.account_id, dora.may_sign_in) == (None, False)


def test_a_worker_of_a_closed_account_has_no_account(alice, bob):
    alice.is_active = False
    bob.employer = alice
    assert (bob.account_id, bob.may_sign_in) == (None, False)


@pytest.mark.quick
def test_deactivating_a_demoted_owner_deactivates_its_former_workers(demoted, bob):
    services.deactivate(by=Caller(), user=demoted)
    assert not User.objects.filter(pk__in=[demoted.pk, bob.pk], is_active=True).exists()


# --- The desk ---------------------------------------------------------------------------------------------


def form_errors(response):
    return response.context["adminform"].form.errors


@pytest.mark.parametrize("what", ["bob", "kettle"])
def test_the_desk_refuses_to_demote_an_owner_with_workers_or_rows(request, support, alice, what):
    request.getfixturevalue(what)
    response = save(support, alice, role="worker")
    assert response.status_code == 200
    [message] = form_errors(response)["role"]
    assert "Deactivate" in message
    assert User.objects.get(pk=alice.pk).role == Role.OWNER


def test_the_desk_refuses_to_make_an_owner_with_rows_a_worker_of_another_owner(support, alice, charlie, kettle):
    response = save(support, alice, role="worker", employer=charlie.pk)
    assert list(form_errors(response)) == ["role"]


def test_the_desk_demotes_an_owner_without_workers_and_rows(support, charlie):
    assert save(support, charlie, role="worker").status_code == 302
    assert User.objects.get(pk=charlie.pk).role == Role.WORKER


def test_a_verification_does_not_count_as_a_row_of_the_account(support, charlie):
    verify_account(charlie.pk)
    assert save(support, charlie, role="worker").status_code == 302


def test_an_archived_product_counts_as_a_row_of_the_account(support, charlie):
    make_product(charlie, archived_at="2026-01-01T00:00Z")
    assert list(form_errors(save(support, charlie, role="worker"))) == ["role"]


def test_the_desk_changes_other_fields_of_an_owner_with_rows(support, alice, bob, kettle):
    assert save(support, alice, phone="+43 1 23").status_code == 302
    assert User.objects.get(pk=alice.pk).phone == "+43 1 23"


def test_the_desk_makes_a_demoted_owner_an_owner_again(support, demoted):
    assert save(support, demoted, role="owner").status_code == 302
    assert sign_in("bob").status_code == 200


def test_the_desk_shows_the_workers_of_a_closed_account(support, alice, bob):
    services.deactivate(by=Caller(), user=alice)
    page = support.get(f"/admin/accounts/{bob.pk}/", follow=True)
    assert page.redirect_chain == [(f"/admin/accounts/{alice.pk}/", 302)]
    assert ">bob<" in page.text


def test_the_desk_redirects_from_the_account_of_a_worker_of_a_worker_to_the_user(support, bob):
    erin = make_user("erin", role=Role.WORKER)
    User.objects.filter(pk=erin.pk).update(employer=bob)
    page = support.get(f"/admin/accounts/{erin.pk}/")
    assert page.headers["Location"] == f"/admin/users/user/{erin.pk}/change/"
