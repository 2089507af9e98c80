"""The pages for API keys. The key is shown once, and rows have their buttons. The support desk sees no secret."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from testing.cast.people import make_key, make_user
from testing.reading.browser import Browser, begin_session
from users.access import support_group
from users.models import ApiKey, SecurityEvent, User

KEYS = "/api/keys/"
HTML = {"Accept": "text/html"}
FORM = {"name": "till 1", "scope": "book", "expires_in_days": "365"}


def browser_of(user):
    client = Client(headers=HTML)
    begin_session(client, user)
    return client


def find_keys(page):
    return set(re.findall(r"inv_\w{12}_[\w-]{43}", page))


def test_the_page_after_the_form_shows_the_key_once(alice):
    browser = browser_of(alice)
    response = Browser(alice).post(KEYS, **FORM)
    [text] = find_keys(response.text)
    assert (response.status_code, text[4:16]) == (201, ApiKey.objects.get().prefix)
    assert f'<code id="shown-once">{text}</code>' in response.text
    assert 'data-copies="shown-once"' in response.text
    assert "it is shown only this once" in response.text
    assert "inventory_api/copy.js" in response.text
    for address in (KEYS, f"{KEYS}{ApiKey.objects.get().pk}/", "/api/users/events/"):
        assert find_keys(browser.get(address).text) == set()


def test_an_empty_form_field_means_no_expiry(alice):
    Browser(alice).post(KEYS, name="till 1", scope="book", expires_in_days="")
    assert ApiKey.objects.get().expires_at is None


def test_the_form_of_a_key_has_the_usual_days(alice):
    browser = Browser(alice)
    assert browser.form_values(KEYS, "post")["expires_in_days"] == "365"
    browser.post(KEYS, name="till 1")
    assert ApiKey.objects.get().expires_at.date() == (timezone.now() + timedelta(days=365)).date()


def test_a_form_that_would_create_a_second_key_does_not_promise_to_be_booked_once(alice):
    browser = Browser(alice)
    forms = [browser.get_page(f"/shop/form/{part}/") for part in ("keys", "suppliers")]
    assert ["Look up whether it was done before you send it again" in form for form in forms] == [True, False]
    assert ["it is saved once" in form for form in forms] == [False, True]


def test_a_refused_form_keeps_its_input(alice):
    response = Browser(alice).post(KEYS, **FORM | {"expires_in_days": "0"})
    assert response.status_code == 400
    assert 'value="till 1"' in response.text
    assert not ApiKey.objects.exists()


def test_the_list_and_the_page_of_a_key_show_its_state_and_buttons(alice, bob):
    own, of_bob = make_key(alice, "till 1")[0], make_key(bob, "till 2")[0]
    browser = Browser(alice)
    page = browser.get_page(KEYS)
    assert all(name in page for name in ("till 1", "till 2", f"inv_{own.prefix}_…"))
    assert browser.list_buttons(f"{KEYS}{own.pk}/") == ["Rename", "Roll", "Revoke"]
    assert browser.list_buttons(f"{KEYS}{of_bob.pk}/") == ["Rename", "Revoke"]
    assert browser.put(f"{KEYS}{own.pk}/", name="till 7").status_code == 303
    assert browser.delete(f"{KEYS}{own.pk}/").headers["Location"] == KEYS
    assert browser.list_buttons(f"{KEYS}{own.pk}/") == ["Rename"]
    page = browser.get_page(KEYS)
    assert ("revoked" in page, "till 7" in page) == (True, True)


def test_the_page_that_rolls_shows_the_new_key(alice):
    key, _ = make_key(alice)
    browser = Browser(alice)
    assert browser.form_values(f"{KEYS}{key.pk}/roll/", "post")["overlap_hours"] == "0"
    response = browser.post(f"{KEYS}{key.pk}/roll/", overlap_hours="24")
    [text] = find_keys(response.text)
    assert text[4:16] == ApiKey.objects.latest("pk").prefix != key.prefix


def test_ones_own_page_links_to_the_keys_of_a_member(alice, bob, dora):
    for user, is_linked in [(alice, True), (bob, True), (dora, False)]:
        assert (f'href="{KEYS}"' in browser_of(user).get("/api/users/me/").text) == is_linked


def test_the_page_of_events_names_the_key(alice):
    make_key(alice, "till 1")
    page = browser_of(alice).get("/api/users/events/").text
    assert re.search(rf'<a href="[^"]*{KEYS}{ApiKey.objects.get().pk}/">till 1</a>', page)


# --- The support desk -------------------------------------------------------------------------------------


@pytest.fixture
def sam(db):
    """Return a browser of a member of the group Support."""
    sam = User.objects.create_user("sam", is_staff=True)
    sam.groups.add(Group.objects.get(name=support_group.NAME))
    return browser_of(sam)


def revoke(browser, *rows):
    data = {"action": "revoke", "_selected_action": [key.pk for key in rows]}
    return browser.post("/admin/users/apikey/", data, follow=True).text


def test_the_desk_shows_keys_without_digest(sam, alice):
    key, text = make_key(alice)
    for address in ("/admin/users/apikey/", f"/admin/users/apikey/{key.pk}/change/"):
        page = sam.get(address).text
        assert key.prefix in page
        assert not any(secret in page for secret in (key.digest.hex(), str(key.digest), text, "igest"))
    assert sam.post(f"/admin/users/apikey/{key.pk}/change/", {"name": "x"}).status_code == 403
    assert sam.post(f"/admin/users/apikey/{key.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_desk_revokes_keys_and_logs_it(sam, alice):
    key = make_key(alice)[0]
    assert f"Revoked: {key}." in revoke(sam, key)
    assert "No key was revoked." in revoke(sam, key)
    [entry] = LogEntry.objects.all()
    assert (entry.get_change_message(), entry.object_id) == ("Revoked.", str(key.pk))
    event = SecurityEvent.objects.latest("id")
    assert (event.kind, event.user, event.actor.username, event.api_key) == ("api_key_revoked", alice, "sam", key)


def test_only_superusers_revoke_keys_of_staff(sam, support):
    owner = make_user("erin")
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    key = make_key(owner)[0]
    assert "No key was revoked." in revoke(sam, key)
    assert "Revoked: " in revoke(support, key)
