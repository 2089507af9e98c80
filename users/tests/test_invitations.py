"""Invitations: workers without a password, the link that sets it, `create_owner`, and closed sign-ups."""

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.models import F

from testing.cast.people import PASSWORD, client_of
from testing.reading.browser import Browser
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.access.roles import Role
from users.management.commands import create_owner
from users.models import AttemptCounter, SecurityEvent, User
from users.sign_in import password_services, rate_limits
from users.sign_in.rate_limits import MAX_INVITATIONS_PER_HOUR
from users.sign_in.tests.reset_links import can_sign_in, confirm, parse_link

pytestmark = pytest.mark.usefixtures("mails_at_once")

USERS = "/api/users/"
ERIN = {"username": "erin", "email": "erin@example.org"}
OWN_PASSWORD = "third-horse-99"


@pytest.fixture
def erin(as_alice):
    """Return a worker of Alice who has been invited."""
    assert as_alice.post(USERS, ERIN).status_code == 201
    return User.objects.get(username="erin")


def invite(client, user):
    return client.post(f"{USERS}{user.pk}/invite/")


# --- An invited worker --------------------------------------------------------------------------------------------


def test_an_invited_worker_sets_a_password_and_signs_in(erin, alice):
    assert (erin.role, erin.employer, erin.is_active, erin.has_usable_password()) == (Role.WORKER, alice, True, False)
    [sent] = mail.outbox
    assert (sent.to, sent.extra_headers["Reply-To"]) == (["erin@example.org"], "alice@example.org")
    assert all(word in sent.body for word in ("alice@example.org", "7 days", "/accounts/password/reset/"))
    assert confirm(parse_link(sent.body), OWN_PASSWORD).status_code == 204
    assert can_sign_in("erin", OWN_PASSWORD)


def test_an_owner_can_not_put_a_text_into_the_mail_to_a_stranger(as_alice, alice):
    User.objects.filter(pk=alice.pk).update(shop_name="Visit evil.example.com")
    as_alice.post(USERS, {**ERIN, "phone": "Visit evil.example.com"})
    assert "evil" not in mail.outbox[0].body
    assert mail.outbox[0].body.startswith("The owner of a shop, alice@example.org, has added you as a worker at\n")


def test_the_page_of_an_invited_worker_leads_to_another_invitation(erin, alice, bob, settings):
    browser, again = Browser(alice), f"/shop/form/users/{erin.pk}/invite/"
    page = browser.get_page(f"{USERS}{erin.pk}/")
    assert (f'href="{again}"' in page, "not set yet" in page) == (True, True)
    assert browser.send_task(again).headers["Location"] == f"{USERS}{erin.pk}/"
    assert "The invitation is on its way." in browser.get_page(f"{USERS}{erin.pk}/")
    assert "/invite/" not in browser.get_page(f"{USERS}{bob.pk}/")
    assert "/invite/" not in browser.get_page(f"{USERS}me/")
    settings.MAIL_ON = False
    assert again not in browser.get_page(f"{USERS}{erin.pk}/")


@all_cases("password", ["", "!", PASSWORD])
def test_nobody_signs_in_as_an_invited_worker(erin, password):
    assert not can_sign_in("erin", password)


def test_the_invitation_is_an_event_of_the_owner(erin, alice):
    confirm(parse_link(mail.outbox[0].body), OWN_PASSWORD)
    events = SecurityEvent.objects.filter(user=erin).order_by("id").values_list("kind", "actor", "account")
    assert list(events) == [("invited", alice.pk, alice.pk), ("password_reset", None, alice.pk)]


def test_an_invited_worker_may_also_ask_for_a_new_password(erin):
    client_of(None).post("/api/auth/password/reset/", {"username": "erin"})
    assert confirm(parse_link(mail.outbox[-1].body), OWN_PASSWORD).status_code == 204


@all_cases("fields", [{"username": "erin"}, {"username": "erin", "email": ""}])
def test_a_worker_needs_a_password_or_an_address(as_alice, fields):
    response = as_alice.post(USERS, fields)
    assert (response.status_code, list(response.json())) == (400, ["password"])
    assert not User.objects.filter(username="erin").exists()


def test_a_sign_up_needs_a_password(as_nobody):
    response = as_nobody.post(USERS, ERIN)
    assert (response.status_code, response.json()) == (400, {"password": ["This field is required."]})


@all_cases("password", ["", None])
def test_an_empty_password_is_not_an_invitation(as_alice, password):
    assert list(as_alice.post(USERS, {**ERIN, "password": password}).json()) == ["password"]


def test_an_empty_password_in_a_form_is_an_invitation(as_alice):
    assert as_alice.post(USERS, {**ERIN, "password": ""}, format="multipart").status_code == 201
    assert len(mail.outbox) == 1


def test_without_mail_a_worker_needs_a_password(as_alice, settings):
    settings.MAIL_ON = False
    response = as_alice.post(USERS, ERIN)
    assert (response.status_code, response.json()["code"]) == (400, "mail_off")
    assert not User.objects.filter(username="erin").exists()
    assert as_alice.post(USERS, {**ERIN, "password": PASSWORD}).status_code == 201


def test_a_repeated_request_with_a_key_mails_once(as_alice):
    for _ in range(2):
        assert as_alice.post(USERS, ERIN, headers={"Idempotency-Key": "1"}).status_code == 201
    assert len(mail.outbox) == 1


# --- Inviting again -----------------------------------------------------------------------------------------------


def test_sends_an_invitation_again(erin, as_alice):
    response = invite(as_alice, erin)
    assert (response.status_code, list(response.json())) == (202, ["detail"])
    assert [sent.to for sent in mail.outbox] == [["erin@example.org"]] * 2


def test_another_invitation_leaves_the_first_link_valid_until_one_of_them_is_used(erin, as_alice):
    invite(as_alice, erin)
    first, second = (parse_link(sent.body) for sent in mail.outbox)
    statuses = [confirm(link, OWN_PASSWORD).status_code for link in (first, second)]
    assert statuses == [204, 400]


@pytest.mark.quick
def test_only_the_employer_invites(erin, as_bob, as_charlie, as_nobody, alice, as_alice):
    assert invite(as_bob, erin).status_code == 403
    assert invite(as_charlie, erin).status_code == 404
    assert invite(as_nobody, erin).status_code == 401
    assert invite(as_alice, alice).status_code == 404
    assert len(mail.outbox) == 1


def has_password(user):
    user.set_password(PASSWORD)


def has_no_email(user):
    user.email = ""


def is_inactive(user):
    user.is_active = False


@all_cases(
    ("change", "reason"), [(has_password, "password_set"), (has_no_email, "no_email"), (is_inactive, "inactive")]
)
def test_names_the_reason_if_a_worker_can_not_be_invited(erin, as_alice, change, reason):
    change(erin)
    erin.save()
    body = invite(as_alice, erin).json()
    assert (body["code"], body["reason"]) == ("not_invitable", reason)
    assert len(mail.outbox) == 1


def test_limits_the_invitations_of_an_owner(erin, as_alice, monkeypatch):
    for limit in ("MAX_MAILS_TO_NEW", "MAX_MAILS_TO_STRANGER"):
        monkeypatch.setattr(rate_limits, limit, 100)
    statuses = [invite(as_alice, erin).status_code for _ in range(MAX_INVITATIONS_PER_HOUR)]
    assert statuses == [202] * (MAX_INVITATIONS_PER_HOUR - 1) + [429]
    assert as_alice.post(USERS, {"username": "fay", "email": "fay@example.org"}).status_code == 429
    AttemptCounter.objects.update(expires_at=F("expires_at") - timedelta(hours=1))
    assert invite(as_alice, erin).status_code == 202


# --- Letting in again ---------------------------------------------------------------------------------------------


@all_cases("name", ["erin", "erin.s"])
def test_an_invitation_to_the_address_of_a_deactivated_worker_lets_it_in_again(erin, as_alice, alice, name):
    confirm(parse_link(mail.outbox[0].body), OWN_PASSWORD)
    as_alice.delete(f"{USERS}{erin.pk}/")
    body = {"username": name, "email": "Erin@Example.org", "role": Role.MANAGER}
    again = as_alice.post(USERS, body)
    assert (again.status_code, again.json()["id"]) == (201, erin.pk)
    shown = [again.json()[field] for field in ("username", "email", "role", "is_active")]
    assert shown == [name, "erin@example.org", "manager", True]
    assert not can_sign_in(name, OWN_PASSWORD)
    assert confirm(parse_link(mail.outbox[-1].body), "fourth-horse-99").status_code == 204
    assert can_sign_in(name, "fourth-horse-99")
    kinds = SecurityEvent.objects.filter(user=erin).order_by("id").values_list("kind", flat=True)
    assert list(kinds)[3:] == ["role_changed", "reactivated", "invited", "password_reset"]


def test_an_invitation_to_the_address_of_another_shops_worker_is_refused_as_before(erin, as_alice, as_charlie):
    as_alice.delete(f"{USERS}{erin.pk}/")
    assert as_charlie.post(USERS, {**ERIN, "username": "fay"}).json() == {
        "email": ["A user with that email already exists."]
    }
    assert len(mail.outbox) == 1


def test_nobody_is_let_in_by_a_taken_name_or_without_mail(erin, as_alice, bob, settings):
    as_alice.delete(f"{USERS}{erin.pk}/")
    taken = as_alice.post(USERS, {**ERIN, "username": "bob"})
    assert taken.json() == {"username": ["A user with that username already exists."]}
    as_alice.delete(f"{USERS}{bob.pk}/")
    assert as_alice.post(USERS, {**ERIN, "username": "bob"}).json()["username"][0].startswith("bob is deactivated")
    settings.MAIL_ON = False
    assert as_alice.post(USERS, ERIN).json()["code"] == "mail_off"
    erin.refresh_from_db()
    assert (erin.is_active, erin.role) == (False, Role.WORKER)


# --- Closed sign-ups ----------------------------------------------------------------------------------------------

SIGN_UPS = ["/api/auth/register/", "/api/register/", USERS]


@all_cases("address", SIGN_UPS)
@all_cases("body", [{"username": "erin", "password": PASSWORD}, {}])
def test_closed_sign_ups_are_refused_before_the_body_is_read(as_nobody, address, body, settings):
    settings.SIGNUP_OPEN = False
    response = as_nobody.post(address, body)
    assert (response.status_code, response.json()["code"]) == (403, "signup_closed")
    assert not User.objects.exists()


def test_owners_add_workers_while_sign_ups_are_closed(as_alice, settings):
    settings.SIGNUP_OPEN = False
    assert as_alice.post(USERS, {"username": "erin", "password": PASSWORD}).status_code == 201


@pytest.mark.quick
def test_the_service_itself_refuses_closed_sign_ups(db, settings):
    settings.SIGNUP_OPEN = False
    with pytest.raises(services.SignupClosed):
        services.sign_up(by=Caller(), username="erin", password=PASSWORD)


# --- create_owner -------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def create(monkeypatch, *arguments, typed=(), terminal=True):
    """Run the command, type these passwords, and return its output."""
    answers, out = iter(typed), io.StringIO()
    monkeypatch.setattr(create_owner, "getpass", lambda _: next(answers))
    monkeypatch.setattr("sys.stdin", Terminal() if terminal else io.StringIO())
    call_command("create_owner", *arguments, stdout=out)
    return out.getvalue()


def test_creates_an_owner_with_a_typed_password_while_sign_ups_are_closed(db, settings, monkeypatch):
    settings.SIGNUP_OPEN = False
    assert create(monkeypatch, "mira", typed=[OWN_PASSWORD] * 2) == "mira owns a new shop.\n"
    mira = User.objects.get(username="mira")
    assert (mira.role, mira.is_staff) == (Role.OWNER, False)
    assert can_sign_in("mira", OWN_PASSWORD)


def test_creates_an_owner_by_invitation(db, monkeypatch):
    out = create(monkeypatch, "mira", "--email=mira@example.org", "--invite", terminal=False)
    assert "A mail with a link is on its way to mira@example.org." in out
    assert "shop of your own" in mail.outbox[0].body
    assert confirm(parse_link(mail.outbox[0].body), OWN_PASSWORD).status_code == 204
    assert can_sign_in("mira", OWN_PASSWORD)


@all_cases(
    ("arguments", "typed", "message"),
    [
        (["mira"], [OWN_PASSWORD, PASSWORD], "The two passwords differ."),
        (["mira"], ["short"] * 2, "This password is too short."),
        (["a b"], [], "Enter a valid username."),
        (["ALICE"], [OWN_PASSWORD] * 2, "A user with that username already exists."),
        (["mira", "--email=nowhere"], [], "Enter a valid email address."),
        (["mira", "--email=ALICE@example.org"], [OWN_PASSWORD] * 2, "A user with that email already exists."),
        (["mira", "--invite"], [], "--invite needs --email."),
    ],
)
def test_says_what_is_wrong_and_creates_nobody(alice, monkeypatch, arguments, typed, message):
    with pytest.raises(CommandError) as refused:
        create(monkeypatch, *arguments, typed=typed)
    assert message in str(refused.value)
    assert list(User.objects.all()) == [alice]


def test_refuses_without_a_terminal_or_without_mail(db, monkeypatch, settings):
    with pytest.raises(CommandError, match="no terminal"):
        create(monkeypatch, "mira", terminal=False)
    settings.MAIL_ON = False
    with pytest.raises(CommandError, match="sends no mail"):
        create(monkeypatch, "mira", "--email=mira@example.org", "--invite")
    assert not User.objects.exists()


def test_a_token_of_an_invitation_is_not_one_of_a_reset(erin):
    assert not password_services.RESET.check_token(erin, password_services.INVITATION.make_token(erin))
