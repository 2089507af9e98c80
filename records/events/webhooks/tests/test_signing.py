"""Signatures, with the reference library of Standard Webhooks as the second opinion."""

import base64
import json
import time

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from records.events.webhooks.services import make_headers, make_secret, sign
from testing.tables import all_cases

BODY = json.dumps({"type": "ping", "data": {"name": "Küche"}}).encode()


def test_a_secret_has_the_prefix_and_32_random_bytes():
    secrets = {make_secret() for _ in range(5)}
    assert len(secrets) == 5
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in secrets} == {32}


def test_the_reference_library_accepts_the_headers():
    secret = make_secret()
    headers = make_headers("evt_7_1", int(time.time()), BODY, [secret])
    assert Verifier(secret).verify(BODY, headers)["type"] == "ping"


def test_during_the_overlap_both_secrets_verify():
    new, old = make_secret(), make_secret()
    headers = make_headers("evt_7_1", int(time.time()), BODY, [new, old])
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (new, old):
        Verifier(secret).verify(BODY, headers)


@all_cases("changed", ["body", "id", "time", "secret"])
def test_a_changed_message_does_not_verify(changed):
    secret, now = make_secret(), int(time.time())
    headers = make_headers("evt_7_1", now, BODY, [make_secret() if changed == "secret" else secret])
    if changed == "id":
        headers["webhook-id"] = "evt_7_2"
    if changed == "time":
        headers["webhook-timestamp"] = str(now + 1)
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(BODY + b" " if changed == "body" else BODY, headers)


def test_the_signature_is_that_of_the_standards_example():
    """The example is in the tests of the libraries at https://github.com/standard-webhooks/standard-webhooks."""
    secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', secret)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
