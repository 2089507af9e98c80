"""Bodies that no browser sends to the routes of factors: refused with a 4xx, and nothing is written.

Each run sends each value in two places; `make hostile` sends it in each of them.
"""

import base64
import json
import time
from itertools import product

import cbor2
import pytest
from django.test import Client

from testing.cast.authenticator import authenticator_of
from testing.cast.factors import add_app, add_passkey, begin_app
from testing.cast.people import make_tokens
from testing.laws.hostile import deal
from users.models import Challenge, Factor, Purpose
from users.sign_in.factors.passkeys import issue_challenge

pytestmark = [pytest.mark.django_db]
FACTORS = "/api/users/me/factors/"
DEEP = 20_000
LONG = "A" * 4096
VALUES = [
    None, True, 0, -1, 10**30, 1.5, "", "\0", "a\0b", "\ud800", "é", "../../etc/passwd", "' OR 1=1 --", LONG,
    "A" * 5, [], {}, [[]], {"a": 1}, ["A"], {"id": "A"}, "=" * 9, "AAAA====", "eyJ", " ", "null", "-",
]  # fmt: skip


def encode(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def with_part(credential, path, value):
    """Return the credential with the part at this path replaced."""
    name, *rest = path
    return {**credential, name: with_part(credential[name], rest, value) if rest else value}


def without_part(credential, path):
    name, *rest = path
    if rest:
        return {**credential, name: without_part(credential[name], rest)}
    return {key: value for key, value in credential.items() if key != name}


def list_paths(credential):
    return [("id",), ("rawId",), ("type",), ("response",), *(("response", name) for name in credential["response"])]


def bend(credential):
    """Yield the credential with each part missing, and with parts replaced by values."""
    paths = list_paths(credential)
    yield from (without_part(credential, path) for path in paths)
    yield from (with_part(credential, path, value) for value, path in deal(VALUES, paths, 2 * len(VALUES)))
    yield {**credential, "clientExtensionResults": {"a": [1] * 1000}, "authenticatorAttachment": "moon"}


def bend_client_data(credential):
    """Yield the credential with what a browser would never say about itself."""
    path = ("response", "clientDataJSON")
    said = json.loads(base64.urlsafe_b64decode(credential["response"]["clientDataJSON"] + "=="))
    for value, name in deal(VALUES, [*said], 2 * len(VALUES)):
        yield with_part(credential, path, encode(json.dumps({**said, name: value}).encode()))
    for name in said:
        yield with_part(credential, path, encode(json.dumps({k: v for k, v in said.items() if k != name}).encode()))
    for content in (b"", b"{", b"null", b"[]", b"1", b"\xff\xfe", b'"' + b"A" * 9000, b"[" * DEEP, b'{"a":' * DEEP):
        yield with_part(credential, path, encode(content))
    yield with_part(credential, path, encode(json.dumps({**said, "challenge": "A" * 65}).encode()))
    yield with_part(credential, path, encode(b'{"challenge": 1e999, "type": NaN, "origin": Infinity}'))


def bend_binary(credential, name):
    """Yield the credential with a binary part cut off, repeated, and replaced by lengths that are too great."""
    whole = base64.urlsafe_b64decode(credential["response"][name] + "==")
    contents = [whole[:length] for length in (0, 1, 31, 32, 36, 37, 52, 55, 70, len(whole) - 1)]
    contents += [whole * 2, whole + b"\0", bytes(2000), b"\xff" * 2000, b"\x9b" + b"\xff" * 8, b"\x81" * DEEP]
    contents += [cbor2.dumps(one) for one in (None, [], {}, {"fmt": "none"}, {"fmt": 1, "attStmt": 2, "authData": 3})]
    filled = {"x5c": [b"1"], "sig": b"2", "alg": -7, "ver": "2.0", "response": b"{", "certInfo": b"1"}
    for fmt in ("none", "packed", "tpm", "android-key", "android-safetynet", "fido-u2f", "apple", "x" * 4096):
        for statement in ({}, filled):
            contents.append(cbor2.dumps({"fmt": fmt, "attStmt": statement, "authData": whole[:200]}))
    yield from (with_part(credential, ("response", name), encode(content)) for content in contents)


def bend_key(user, challenge):
    """Yield new passkeys with public keys that are none."""
    passkey = authenticator_of(user)
    for key in (
        {}, {1: 2}, {1: 2, 3: -7, -1: 1, -2: b"", -3: b""}, {1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)},
        {1: 2, 3: -7, -1: 99, -2: b"1" * 32, -3: b"2" * 32}, {1: 3, 3: -257, -1: b"", -2: b""}, [1],
        {1: 3, 3: -257, -1: b"1" * 4096, -2: b"\1"}, {1: 1, 3: -8, -1: 6, -2: b"1"}, {1: "a", 3: "b"}, "key", 10**30,
    ):  # fmt: skip
        passkey.describe_key = lambda key=key: cbor2.dumps(key)
        yield passkey.make(challenge)


class Sender:
    """Sends bodies, and collects the statuses."""

    def __init__(self, token=""):
        self.client = Client(
            raise_request_exception=False, headers={"Authorization": f"Bearer {token}"} if token else {}
        )
        self.failed, self.statuses = [], set()

    def send(self, address, body):
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        response = self.client.post(address, content, content_type="application/json")
        self.statuses.add(response.status_code)
        if response.status_code >= 500 or response.status_code < 400:
            self.failed.append((response.status_code, content[:300], response.text[:200]))


@pytest.fixture(autouse=True)
def no_limits(settings):
    settings.LOGIN_TRIES_PER_USER = settings.LOGIN_TRIES_PER_ADDRESS = 0


@pytest.fixture
def unchanged(alice):
    """Assert that the test changes neither factors nor challenges."""
    add_passkey(alice)
    yield
    assert (Factor.objects.filter(user=alice).count(), Factor.objects.exclude(spent=0).count()) == (2, 0)


def test_hostile_passkeys_sign_nobody_in(alice, unchanged):
    sender = Sender()
    challenge = issue_challenge(Purpose.PASSKEY)
    credential = authenticator_of(alice).answer(challenge)
    answers = [*bend(credential), *bend_client_data(credential)]
    answers += [*bend_binary(credential, "authenticatorData"), *bend_binary(credential, "signature")]
    for answer in [one for one in answers if not is_harmless(one, credential)]:
        sender.send("/api/auth/passkey/", {"credential": answer})
    assert sender.failed == []
    assert Challenge.objects.count() == 1


def is_harmless(bent, credential):
    """Return whether only parts differ that are ignored: surplus names, and what an answer may leave out."""
    parts = ("id", "rawId", "type", "response")
    return all(bent.get(name) == credential[name] for name in parts)


def test_hostile_passkeys_are_not_added(alice, unchanged):
    sender = Sender(make_tokens(alice)["access"])
    challenge = issue_challenge(Purpose.NEW_PASSKEY, alice)
    credential = authenticator_of(alice).make(challenge)
    answers = [*bend(credential), *bend_client_data(credential), *bend_binary(credential, "attestationObject")]
    for answer in [one for one in answers if not is_harmless(one, credential)]:
        sender.send(f"{FACTORS}passkeys/", {"name": "new", "credential": answer})
    assert sender.failed == []


def test_a_passkey_with_a_key_that_is_none_signs_nobody_in(alice):
    token = make_tokens(alice)["access"]
    for credential in bend_key(alice, issue_challenge(Purpose.NEW_PASSKEY, alice)):
        Sender(token).send(f"{FACTORS}passkeys/", {"name": "new", "credential": credential})
        sender = Sender()
        sender.send(
            "/api/auth/passkey/", {"credential": authenticator_of(alice).answer(issue_challenge(Purpose.PASSKEY))}
        )
        assert sender.failed == [], credential
        Factor.objects.all().delete()


def test_hostile_bodies_are_refused_by_every_route(alice, unchanged):
    token, waiting = make_tokens(alice)["access"], begin_app(alice).pk
    names = ("code", "credential", "challenge", "name", "password", "username")
    bodies = [{name: value} for value, name in deal(VALUES, names, 2 * len(VALUES))]
    bodies += [{"challenge": LONG, "code": LONG}, {"challenge": "\0", "code": "\0"}, {"code": "1" * 5000}]
    bodies += [
        {"code": "٣٣٣٣٣٣"},
        {"code": "１２３４５６"},
        {"challenge": "é" * 64, "code": "123456"},
        [],
        "x",
        1,
        None,
    ]
    bodies += ["[" * DEEP, '{"credential":' * DEEP, b"\xff", "", '{"code": 1e999}', '{"code": "\\u0000"}']
    public, own = Sender(), Sender(token)
    for body in bodies:
        for address in ("/api/auth/login/", "/api/auth/passkey/"):
            public.send(address, body)
        for address in ("/api/auth/proof/", f"{FACTORS}totp/{waiting}/confirm/", f"{FACTORS}passkeys/"):
            own.send(address, body)
    assert (public.failed, own.failed) == ([], [])
    Factor.objects.filter(pk=waiting).delete()


def test_hostile_forms_are_refused_by_the_pages(alice):
    add_app(alice)
    client = Client(raise_request_exception=False)
    challenge = issue_challenge(Purpose.SECOND_STEP, alice)
    texts = ["", "\0", LONG, "{", "[]", "1", "null", "[" * DEEP, '{"response": 1}', '{"id": {"id": 1}}', "é", "NaN"]
    names = [("credential",), ("code",), ("challenge",), ("challenge", "code")]
    names += [("next", *group) for group in names]
    forms = list(product(names, [{}, {"challenge": challenge}]))
    for address in ("/accounts/second-step/", "/accounts/passkey/"):
        for text, (group, others) in deal(texts, forms, 3 * len(texts)):
            sent = {**others, **dict.fromkeys(group, text)}
            assert client.post(address, sent).status_code < 500, (address, sent)
    assert Challenge.objects.filter(user=alice).count() == 1


@pytest.mark.parametrize("address", ["/accounts/proof/", "/accounts/factors/", "/accounts/passkey/"])
def test_pages_refuse_a_deep_answer_of_a_passkey(alice, address):
    add_app(alice)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    session = client.session
    session["proved_at"] = time.time()
    session.save()
    for depth in (30, 300, 470):
        response = client.post(address, {"credential": "[" * depth + "]" * depth})
        assert response.status_code in (200, 400)
        assert "The browser has sent no passkey. Try again." in response.text
