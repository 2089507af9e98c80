"""POST /api/users/: who has no user yet signs up, an owner adds a worker, and nobody else may."""

from datetime import timedelta

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from testing.cast import PASSWORD, client_of
from users.models import Role, User


def post(client, **fields):
    return client.post("/api/users/", {"username": "erin", "password": PASSWORD, **fields})


@pytest.mark.parametrize(
    ("asked", "got"),
    [(None, Role.OWNER), ("owner", Role.OWNER), ("admin", Role.OWNER), ("worker", Role.WORKER), ("staff", Role.WORKER)],
)
def test_signed_out_it_signs_up(as_nobody, alice, asked, got):
    answer = post(as_nobody, **({"role": asked} if asked else {}))
    assert (answer.status_code, answer.json()["role"]) == (201, got)
    erin = User.objects.get(username="erin")
    assert (erin.role, erin.employer) == (got, None)


@pytest.mark.parametrize("role", [None, "worker", "staff"])
def test_an_owner_adds_a_worker_of_its_own(as_alice, alice, role):
    answer = post(as_alice, email="erin@example.org", phone="+43 1", **({"role": role} if role else {}))
    assert answer.status_code == 201
    assert "password" not in answer.json()
    erin = User.objects.get(username="erin")
    assert answer.json()["id"] == erin.pk
    assert (erin.role, erin.employer, erin.email, erin.phone) == ("worker", alice, "erin@example.org", "+43 1")


def test_a_new_worker_signs_in_and_works(as_alice, as_nobody, kettle):
    post(as_alice)
    token = as_nobody.post("/api/login/", {"username": "erin", "password": PASSWORD}).json()["token"]
    as_nobody.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert as_nobody.get("/api/products/").json()["count"] == 1
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    assert as_nobody.post("/api/stock/", sale).status_code == 201
    assert as_nobody.post("/api/suppliers/", {"name": "Acme"}).status_code == 403


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_an_owner_does_not_add_owners(as_alice, role):
    answer = post(as_alice, role=role)
    assert (answer.status_code, list(answer.json())) == (400, ["role"])
    assert not User.objects.filter(username="erin").exists()


def test_workers_add_nobody(as_bob, as_dora):
    for client in (as_bob, as_dora):
        assert post(client).status_code == 403
        assert post(client, role="owner").status_code == 403
    assert not User.objects.filter(username="erin").exists()


def test_a_token_that_is_over_is_refused_and_nobody_signs_up(as_nobody, alice):
    token = AccessToken.for_user(alice)
    token.set_exp(lifetime=-timedelta(minutes=1))
    for credentials in (f"Bearer {token}", f"Token {token}", "Bearer nonsense"):
        as_nobody.credentials(HTTP_AUTHORIZATION=credentials)
        assert post(as_nobody).status_code == 401
    assert not User.objects.filter(username="erin").exists()


def test_a_deactivated_owner_is_refused_and_nobody_signs_up(as_alice, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert post(as_alice).status_code == 401
    assert not User.objects.filter(username="erin").exists()


def test_a_worker_belongs_to_who_asks_whatever_the_body_says(as_alice, alice, charlie):
    answer = post(as_alice, employer=charlie.pk, owner=charlie.pk, is_staff=True, is_superuser=True, is_active=False)
    assert answer.status_code == 201
    erin = User.objects.get(username="erin")
    assert (erin.employer, erin.is_staff, erin.is_superuser, erin.is_active) == (alice, False, False, True)


@pytest.mark.parametrize(
    "field",
    [{"username": "CHARLIE"}, {"username": "a b"}, {"password": "short-7"}, {"email": "nowhere"}, {"role": "boss"}],
)
def test_what_is_wrong_about_a_worker_is_named(as_alice, charlie, field):
    answer = post(as_alice, **field)
    assert (answer.status_code, list(answer.json())) == (400, list(field))
    assert not User.objects.filter(username="erin").exists()


def test_a_deactivated_users_names_stay_taken(as_alice, as_nobody, bob):
    User.objects.filter(pk=bob.pk).update(is_active=False, email="bob@example.org")
    for client in (as_alice, as_nobody):
        assert post(client, username="BOB").json() == {"username": ["A user with that username already exists."]}
        assert post(client, email="Bob@Example.org").json() == {"email": ["A user with that email already exists."]}


def test_support_staff_without_a_shop_adds_nobody(db):
    support = User.objects.create_superuser("support", password=PASSWORD)
    assert post(client_of(support)).status_code == 403
