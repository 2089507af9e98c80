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
def test_signs_up_without_a_token(as_nobody, alice, asked, got):
    answer = post(as_nobody, **({"role": asked} if asked else {}))
    assert (answer.status_code, answer.json()["role"]) == (201, got)
    erin = User.objects.get(username="erin")
    assert (erin.role, erin.employer) == (got, None)


@pytest.mark.parametrize("role", [None, "worker", "staff"])
def test_an_owner_adds_a_worker(as_alice, alice, role):
    answer = post(as_alice, email="erin@example.org", phone="+43 1", **({"role": role} if role else {}))
    assert answer.status_code == 201
    assert "password" not in answer.json()
    erin = User.objects.get(username="erin")
    assert answer.json()["id"] == erin.pk
    assert (erin.role, erin.employer, erin.email, erin.phone) == ("worker", alice, "erin@example.org", "+43 1")


def test_a_new_worker_signs_in_and_books_a_sale(as_alice, as_nobody, kettle):
    post(as_alice)
    token = as_nobody.post("/api/login/", {"username": "erin", "password": PASSWORD}).json()["token"]
    as_nobody.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert as_nobody.get("/api/products/").json()["count"] == 1
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    assert as_nobody.post("/api/stock/", sale).status_code == 201
    assert as_nobody.post("/api/suppliers/", {"name": "Acme"}).status_code == 403


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_an_owner_can_not_add_owners(as_alice, role):
    answer = post(as_alice, role=role)
    assert (answer.status_code, list(answer.json())) == (400, ["role"])
    assert not User.objects.filter(username="erin").exists()


def test_workers_can_not_add_users(as_bob, as_dora):
    for client in (as_bob, as_dora):
        assert post(client).status_code == 403
        assert post(client, role="owner").status_code == 403
    assert not User.objects.filter(username="erin").exists()


def test_an_invalid_token_is_refused_instead_of_signing_up(as_nobody, alice):
    token = AccessToken.for_user(alice)
    token.set_exp(lifetime=-timedelta(minutes=1))
    for credentials in (f"Bearer {token}", f"Token {token}", "Bearer nonsense"):
        as_nobody.credentials(HTTP_AUTHORIZATION=credentials)
        assert post(as_nobody).status_code == 401
    assert not User.objects.filter(username="erin").exists()


def test_a_deactivated_owner_is_refused_instead_of_signing_up(as_alice, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert post(as_alice).status_code == 401
    assert not User.objects.filter(username="erin").exists()


def test_a_workers_employer_is_the_caller_whatever_the_body_contains(as_alice, alice, charlie):
    answer = post(as_alice, employer=charlie.pk, owner=charlie.pk, is_staff=True, is_superuser=True, is_active=False)
    assert answer.status_code == 201
    erin = User.objects.get(username="erin")
    assert (erin.employer, erin.is_staff, erin.is_superuser, erin.is_active) == (alice, False, False, True)


@pytest.mark.parametrize(
    "field",
    [{"username": "CHARLIE"}, {"username": "a b"}, {"password": "short-7"}, {"email": "nowhere"}, {"role": "boss"}],
)
def test_returns_the_field_that_is_wrong(as_alice, charlie, field):
    answer = post(as_alice, **field)
    assert (answer.status_code, list(answer.json())) == (400, list(field))
    assert not User.objects.filter(username="erin").exists()


def test_name_and_e_mail_address_of_a_deactivated_user_stay_taken(as_alice, as_nobody, bob):
    User.objects.filter(pk=bob.pk).update(is_active=False, email="bob@example.org")
    for client in (as_alice, as_nobody):
        assert post(client, username="BOB").json() == {"username": ["A user with that username already exists."]}
        assert post(client, email="Bob@Example.org").json() == {"email": ["A user with that email already exists."]}


def test_support_staff_without_a_shop_can_not_add_users(db):
    support = User.objects.create_superuser("support", password=PASSWORD)
    assert post(client_of(support)).status_code == 403
