"""POST /api/users/. Without a token it signs up, for an owner it adds a worker, and others may not use it."""

from datetime import timedelta

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.models import User


def post_user(client, **fields):
    return client.post("/api/users/", {"username": "erin", "password": PASSWORD, **fields})


def test_signs_up_without_a_token(as_nobody, alice):
    response = post_user(as_nobody)
    assert (response.status_code, response.json()["role"]) == (201, "owner")
    assert User.objects.get(username="erin").employer is None


@all_cases("role", [None, "worker", "staff"])
def test_an_owner_adds_a_worker(as_alice, alice, role):
    response = post_user(as_alice, email="erin@example.org", phone="+43 1", **({"role": role} if role else {}))
    assert response.status_code == 201
    assert "password" not in response.json()
    erin = User.objects.get(username="erin")
    assert response.json()["id"] == erin.pk
    assert (erin.role, erin.employer, erin.email, erin.phone) == ("worker", alice, "erin@example.org", "+43 1")


def test_a_new_worker_signs_in_and_books_a_sale(as_alice, as_nobody, kettle):
    post_user(as_alice)
    token = as_nobody.post("/api/login/", {"username": "erin", "password": PASSWORD}).json()["token"]
    as_nobody.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert as_nobody.get("/api/products/").json()["count"] == 1
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    assert as_nobody.post("/api/stock/", sale).status_code == 201
    assert as_nobody.post("/api/suppliers/", {"name": "Acme"}).status_code == 403


@all_cases("role", ["owner", "admin"])
def test_an_owner_can_not_add_owners(as_alice, role):
    response = post_user(as_alice, role=role)
    assert (response.status_code, list(response.json())) == (400, ["role"])
    assert not User.objects.filter(username="erin").exists()


def test_workers_can_not_add_users(as_bob, as_dora):
    for client in (as_bob, as_dora):
        assert post_user(client).status_code == 403
        assert post_user(client, role="owner").status_code == 403
    assert not User.objects.filter(username="erin").exists()


def test_an_invalid_token_is_refused_instead_of_signing_up(as_nobody, alice):
    token = AccessToken.for_user(alice)
    token.set_exp(lifetime=-timedelta(minutes=1))
    for credentials in (f"Bearer {token}", f"Token {token}", "Bearer nonsense"):
        as_nobody.credentials(HTTP_AUTHORIZATION=credentials)
        assert post_user(as_nobody).status_code == 401
    assert not User.objects.filter(username="erin").exists()


def test_a_deactivated_owner_is_refused_instead_of_signing_up(as_alice, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert post_user(as_alice).status_code == 401
    assert not User.objects.filter(username="erin").exists()


def test_a_workers_employer_is_the_caller_whatever_the_body_contains(as_alice, alice, charlie):
    response = post_user(
        as_alice, employer=charlie.pk, owner=charlie.pk, is_staff=True, is_superuser=True, is_active=False
    )
    assert response.status_code == 201
    erin = User.objects.get(username="erin")
    assert (erin.employer, erin.is_staff, erin.is_superuser, erin.is_active) == (alice, False, False, True)


@all_cases(
    "field",
    [{"username": "CHARLIE"}, {"username": "a b"}, {"password": "short-7"}, {"email": "nowhere"}, {"role": "boss"}],
)
def test_returns_the_field_that_is_wrong(as_alice, charlie, field):
    response = post_user(as_alice, **field)
    assert (response.status_code, list(response.json())) == (400, list(field))
    assert not User.objects.filter(username="erin").exists()


def test_name_and_e_mail_address_of_a_deactivated_user_stay_taken(as_charlie, as_nobody, bob):
    User.objects.filter(pk=bob.pk).update(is_active=False, email="bob@example.org")
    for client in (as_charlie, as_nobody):
        assert post_user(client, username="BOB").json() == {"username": ["A user with that username already exists."]}
        assert post_user(client, email="Bob@Example.org").json() == {
            "email": ["A user with that email already exists."]
        }


@all_cases("field", [{"username": "BOB"}, {"email": "Bob@Example.org"}])
def test_an_owner_is_told_that_a_user_of_the_shop_is_deactivated(as_alice, bob, field):
    User.objects.filter(pk=bob.pk).update(email="bob@example.org")
    taken = {name: [f"A user with that {name} already exists."] for name in field}
    assert post_user(as_alice, **field).json() == taken  # Bob is active
    as_alice.delete(f"/api/users/{bob.pk}/")
    answer = post_user(as_alice, **field)
    assert (answer.status_code, list(answer.json())) == (400, list(field))
    assert "bob is deactivated in this shop" in str(answer.json())
    assert as_alice.patch(f"/api/users/{bob.pk}/", {"is_active": True}).status_code == 200
    assert post_user(as_alice, **field).json() == taken


@pytest.mark.quick
def test_an_erased_user_is_not_told(as_alice, bob):
    as_alice.post(f"/api/users/{bob.pk}/erase/")
    assert post_user(as_alice, username=f"user-{bob.pk}").json() == {
        "username": ["A user with that username already exists."]
    }


def test_support_staff_without_a_shop_can_not_add_users(db):
    support = User.objects.create_superuser("support", password=PASSWORD)
    assert post_user(client_of(support)).status_code == 403
