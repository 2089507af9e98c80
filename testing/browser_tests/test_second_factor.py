"""Second factors in Chromium, whose virtual authenticator makes and uses passkeys."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, CDPSession, expect

from testing.browser_tests.demo import Demo
from testing.browser_tests.visitor import NARROW, WIDE, Visitor
from testing.cast.codes import make_code

PASSWORD = "tea-at-half-past-9"
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
# Answers a challenge of the service as the page's script does, with options changed.
ANSWER = """async (changed) => {
    const sent = await fetch("/api/auth/passkey/options/", {method: "POST"});
    const options = {...await sent.json(), ...changed};
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return (await navigator.credentials.get({publicKey})).toJSON();
}"""


class Person(Visitor):
    """A visitor with a shop of its own and an authenticator. Passkeys need a host name, so it is at localhost."""

    def __init__(self, chromium: Browser, shop: Demo, size: tuple[int, int] = WIDE) -> None:
        super().__init__(chromium, shop.address.replace("127.0.0.1", "localhost"), size)
        self.username = f"mira-{uuid4().hex[:8]}"
        self.devtools: CDPSession = self.context.new_cdp_session(self.page)
        self.devtools.send("WebAuthn.enable")
        added = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self.authenticator = {"authenticatorId": added["authenticatorId"]}
        self.page.goto("/accounts/signup/")
        self.page.get_by_label("Name of the shop").fill("Mira's tea")
        self.page.get_by_label("User name").fill(self.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.click("main button")

    def click(self, button: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(button).first.click()

    def add_app(self) -> str:
        """Add an authenticator app, and return its secret."""
        self.open_page("/accounts/factors/")
        self.click("text=Add an authenticator app")
        self.check_page()
        secret = self.page.locator("code.key").inner_text()
        self.page.get_by_label("Code").fill(make_code(secret, step=-1))
        self.click("text=Add the app")
        return secret

    def add_passkey(self) -> None:
        self.open_page("/accounts/factors/")
        self.page.get_by_label("Name of the passkey").fill("laptop")
        self.click("text=Add a passkey")

    def type_password(self) -> None:
        self.page.goto("/api-auth/login/?next=/api/products/")
        self.page.get_by_label("User name").fill(self.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.click("main form button.primary")

    def answer(self, **changed: Any) -> Any:
        """Return what the authenticator answers to a new challenge, with these options in place of the service's."""
        self.page.goto("/api-auth/login/")
        return self.page.evaluate(ANSWER, changed)

    def send(self, credential: Any, address: str = "") -> tuple[int, str]:
        """Sign in by this answer, and return the status and the code of the response."""
        response = self.page.request.post(
            f"{address or self.address}/api/auth/passkey/", data=json.dumps({"credential": credential}),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        return response.status, response.json().get("code", "")


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def person(request: pytest.FixtureRequest, chromium: Browser, shop: Demo) -> Iterator[Person]:
    person = Person(chromium, shop, request.param)
    yield person
    person.close()
    assert person.problems == []


@pytest.fixture
def owner_of_passkey(chromium: Browser, shop: Demo) -> Iterator[Person]:
    person = Person(chromium, shop)
    person.add_passkey()
    person.sign_out()
    yield person
    person.close()


def test_a_person_adds_an_app_and_signs_in_with_its_code(person: Person) -> None:
    secret = person.add_app()
    person.check_page()
    assert person.page.locator("ul.codes li").count() == 10
    assert person.page.locator("[data-copies=recovery-codes]").is_visible()
    person.sign_out()
    person.type_password()
    person.check_page()
    person.page.get_by_label("Code").fill(make_code(secret))
    person.click("text=Sign in")
    assert person.page.url.endswith("/api/products/")


def test_a_wrong_code_of_a_new_app_shows_the_same_picture_again(person: Person) -> None:
    person.open_page("/accounts/factors/")
    person.click("text=Add an authenticator app")
    secret = person.page.locator("code.key").inner_text()
    person.page.get_by_label("Code").fill("000000")
    person.click("text=Add the app")
    assert person.page.locator("[role=alert]").inner_text().startswith("This code or passkey is wrong")
    assert person.page.locator("code.key").inner_text() == secret


def test_a_person_signs_in_by_a_passkey_after_the_password_and_without_it(person: Person) -> None:
    person.add_passkey()
    person.check_page()
    person.sign_out()
    person.type_password()
    person.click("text=Use a passkey")
    assert person.page.url.endswith("/api/products/")
    person.sign_out()
    person.page.goto("/api-auth/login/?next=/api/products/")
    person.check_page()
    person.click("text=Sign in with a passkey")
    assert person.page.url.endswith("/api/products/")


def test_an_old_proof_is_asked_for_again_by_password_or_passkey(person: Person) -> None:
    person.open_page("/accounts/proof/")
    person.page.get_by_label("Your password").fill(PASSWORD)
    person.click("text=Go on")
    assert person.page.url.endswith("/accounts/factors/")
    person.add_passkey()
    person.open_page("/accounts/proof/")
    person.click("text=Use a passkey")
    assert person.page.url.endswith("/accounts/factors/")


def test_a_person_removes_a_factor_in_two_clicks(person: Person) -> None:
    person.add_passkey()
    person.page.locator("summary:has-text('Remove')").click()
    person.click("text=Remove laptop")
    expect(person.page.locator("main")).to_contain_text("Your password alone signs you in")


def test_a_cancelled_passkey_is_explained(person: Person) -> None:
    person.devtools.send("WebAuthn.removeVirtualAuthenticator", person.authenticator)
    person.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**AUTHENTICATOR, "isUserVerified": False}})
    person.page.goto("/accounts/factors/")
    person.page.locator("text=Add a passkey").click()
    expect(person.page.get_by_role("alert").filter(has_text=re.compile("no passkey for this page"))).to_be_visible()


def test_an_answer_signs_in_once(owner_of_passkey: Person) -> None:
    credential = owner_of_passkey.answer()
    assert owner_of_passkey.send(credential) == (200, "")
    assert owner_of_passkey.send(credential) == (401, "challenge_expired")


def test_an_answer_of_another_origin_is_refused(owner_of_passkey: Person, shop: Demo) -> None:
    assert owner_of_passkey.send(owner_of_passkey.answer(), shop.address) == (401, "second_factor_wrong")


def test_an_answer_to_a_challenge_of_somebody_else_is_refused(owner_of_passkey: Person) -> None:
    invented = owner_of_passkey.answer(challenge="A" * 43)
    assert owner_of_passkey.send(invented) == (401, "challenge_expired")


def test_an_answer_without_user_verification_is_refused(owner_of_passkey: Person) -> None:
    owner_of_passkey.devtools.send(
        "WebAuthn.setUserVerified", {**owner_of_passkey.authenticator, "isUserVerified": False}
    )
    answered = owner_of_passkey.answer(userVerification="discouraged")
    assert owner_of_passkey.send(answered) == (401, "second_factor_wrong")


def test_a_counter_that_goes_back_is_refused(owner_of_passkey: Person) -> None:
    devtools, authenticator = owner_of_passkey.devtools, owner_of_passkey.authenticator
    assert owner_of_passkey.send(owner_of_passkey.answer())[0] == 200
    [credential] = devtools.send("WebAuthn.getCredentials", authenticator)["credentials"]
    devtools.send("WebAuthn.removeCredential", {**authenticator, "credentialId": credential["credentialId"]})
    copied = {**credential, "signCount": 0}
    devtools.send("WebAuthn.addCredential", {**authenticator, "credential": copied})
    assert owner_of_passkey.send(owner_of_passkey.answer()) == (401, "second_factor_wrong")


def test_the_next_code_works_after_a_step(person: Person) -> None:
    """The code that was used to add the app is spent, and so are those before it."""
    secret = person.add_app()
    person.sign_out()
    person.type_password()
    person.page.get_by_label("Code").fill(make_code(secret, step=-1))
    person.click("text=Sign in")
    assert person.page.locator("p.error").first.inner_text().startswith("This code or passkey is wrong")
    person.page.get_by_label("Code").fill(make_code(secret))
    person.click("text=Sign in")
    assert person.page.url.endswith("/api/products/")
