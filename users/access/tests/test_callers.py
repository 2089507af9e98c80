"""Caller is the data about a request that services get."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from users.access.permissions import Caller
from users.serializers import RegisterSerializer


@pytest.fixture
def request_of():
    """Return a function that makes a request of a user."""

    def make(user):
        request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.5", HTTP_X_REQUEST_ID="r-1")
        request.user = user
        return request

    return make


def test_the_caller_of_a_request_has_user_address_network_and_request_id(request_of, alice):
    caller = Caller.of(request_of(alice))
    assert caller == Caller(alice, "203.0.113.5", "203.0.113.0/24", "r-1")
    assert caller.user_id == alice.pk


def test_the_caller_of_a_signed_out_request_has_no_user(request_of):
    caller = Caller.of(request_of(AnonymousUser()))
    assert (caller.user, caller.user_id, caller.address) == (None, None, "203.0.113.5")


def test_an_anonymous_caller_does_not_load_the_user():
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.5")
    assert not hasattr(request, "user")
    assert Caller.anonymous(request) == Caller(None, "203.0.113.5", "203.0.113.0/24")


def test_serializers_do_not_save_users(db):
    serializer = RegisterSerializer(data={"username": "erin", "password": "correct-horse-7"})
    serializer.is_valid(raise_exception=True)
    with pytest.raises(TypeError):
        serializer.save()
