"""Users in the support desk: signing in, saving, actions, and the events that these record."""

from django.contrib.auth.models import Permission
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.access.roles import Role
from users.models import SecurityEvent, User
from users.sign_in import tokens


def read_form(support, user):
    """Return the fields of the form as a browser sends them if nothing is changed."""
    form = support.get(f"/admin/users/user/{user.pk}/change/").context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    datetimes = {name: value for name, value in values.items() if hasattr(value, "strftime")}
    for name, value in datetimes.items():
        for prefix in ("", "initial-"):
            values |= {
                f"{prefix}{name}_0": f"{value:%Y-%m-%d}",
                f"{prefix}{name}_1": f"{value:%H:%M:%S}",
            }
    return {name: value for name, value in values.items() if value not in (None, False) and name not in datetimes}


def save(support, user, without=(), **changes):
    form = {name: value for name, value in read_form(support, user).items() if name not in without}
    return support.post(f"/admin/users/user/{user.pk}/change/", form | changes)


def test_only_staff_signs_in_to_the_support_desk(support, alice):
    client = Client()
    for name, status in [("alice", 200), ("SUPPORT", 302)]:
        response = client.post("/admin/login/", {"username": name, "password": PASSWORD, "next": "/admin/"})
        assert response.status_code == status
    assert client.get("/admin/").status_code == 200


def test_deactivating_an_owner_ends_its_tokens_and_those_of_its_workers(support, alice, as_alice, as_bob, bob):
    of_alice, of_bob = tokens.issue_tokens(alice)["refresh"], tokens.issue_tokens(bob)["refresh"]
    assert save(support, alice, without=["is_active"]).status_code == 302
    for person, client, token in [(alice, as_alice, of_alice), (bob, as_bob, of_bob)]:
        person.refresh_from_db()
        assert not person.is_active
        assert client.get("/api/").status_code == 401
        assert client_of(None).post("/api/auth/refresh/", {"refresh": token}).status_code == 401


def test_deactivating_a_worker_does_not_affect_its_employer(support, bob, as_alice, as_bob):
    assert save(support, bob, without=["is_active"]).status_code == 302
    assert as_bob.get("/api/").status_code == 401
    assert as_alice.get("/api/").status_code == 200


def test_the_support_desk_reactivates_a_user(support, alice):
    save(support, alice, without=["is_active"])
    assert save(support, alice, is_active="on").status_code == 302
    response = client_of(None).post("/api/login/", {"username": "alice", "password": PASSWORD})
    assert response.status_code == 200


def test_users_can_not_be_deleted(support, bob):
    assert support.post(f"/admin/users/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [bob.pk], "post": "yes"}
    support.post("/admin/users/user/", action)
    assert User.objects.filter(pk=bob.pk).exists()
    assert b"/delete/" not in support.get(f"/admin/users/user/{bob.pk}/change/").content


def test_a_save_updates_only_the_changed_fields(support, bob, monkeypatch):
    saved = []
    save_user = User.save
    monkeypatch.setattr(User, "save", lambda *args, **kwargs: saved.append(kwargs) or save_user(*args, **kwargs))
    assert save(support, bob, phone="+43 1 23", first_name="Bob").status_code == 302
    assert [sorted(kwargs["update_fields"]) for kwargs in saved] == [["first_name", "phone"]]
    bob.refresh_from_db()
    assert (bob.phone, bob.first_name, bob.role) == ("+43 1 23", "Bob", Role.WORKER)


def test_a_save_without_changes_writes_nothing(support, alice):
    before = User.objects.filter(pk=alice.pk).values().get()
    assert save(support, alice).status_code == 302
    assert User.objects.filter(pk=alice.pk).values().get() == before


def test_moves_a_worker_to_another_employer(support, bob, charlie):
    assert save(support, bob, employer=charlie.pk).status_code == 302
    bob.refresh_from_db()
    assert bob.account_id == charlie.pk


def test_saves_groups(support, alice):
    group = alice.groups.model.objects.create(name="Desk")
    assert save(support, alice, groups=[group.pk]).status_code == 302
    assert list(alice.groups.all()) == [group]


@all_cases(
    ("change", "field"),
    [({"username": "CHARLIE"}, "username"), ({"email": "C@example.org"}, "email"), ({"role": "owner"}, "employer")],
)
def test_shows_violated_constraints_in_the_form(support, bob, charlie, change, field):
    User.objects.filter(pk=charlie.pk).update(email="c@example.org")
    response = save(support, bob, **change)
    assert response.status_code == 200
    assert response.context["errors"]
    bob.refresh_from_db()
    assert (bob.username, bob.email, bob.role) == ("bob", "", Role.WORKER)


def test_adds_a_user_with_a_role(support, alice):
    form = {"username": "erin", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    response = support.post("/admin/users/user/add/", form | {"role": "worker", "employer": alice.pk})
    assert response.status_code == 302
    erin = User.objects.get(username="erin")
    assert (erin.account_id, erin.email, erin.check_password(PASSWORD)) == (alice.pk, "", True)


def test_a_worker_that_the_support_desk_adds_is_a_developer_if_its_owner_is(support, alice):
    alice.developer = False
    alice.save(update_fields=["developer"])
    form = {"username": "erin", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    support.post("/admin/users/user/add/", form | {"role": "worker", "employer": alice.pk})
    assert User.objects.get(username="erin").developer is False


# --- Security events --------------------------------------------------------------------------------------


def list_events():
    return [(event.kind, str(event.user), str(event.actor)) for event in SecurityEvent.objects.order_by("id")]


def lift_lock(support, *users):
    action = {"action": "lift_sign_in_lock", "_selected_action": [user.pk for user in users]}
    return support.post("/admin/users/user/", action, follow=True).text


def guess(name, times):
    for _ in range(times):
        response = client_of(None).post("/api/login/", {"username": name, "password": "wrong-horse-7"})
    return response.status_code


def test_support_lifts_the_sign_in_lock_of_one_name(support, alice, charlie, settings):
    settings.LOGIN_TRIES_PER_USER = 2
    assert (guess("ALICE", 3), guess("charlie", 3)) == (429, 429)
    assert "Sign-in lock lifted: alice." in lift_lock(support, alice)
    response = client_of(None).post("/api/login/", {"username": "alice", "password": PASSWORD})
    assert (response.status_code, guess("charlie", 1)) == (200, 429)
    assert list_events()[-1] == ("unlocked", "alice", "support")


def test_lifting_a_lock_that_does_not_exist_records_no_event(support, alice):
    assert "No user was changed." in lift_lock(support, alice)
    assert list_events() == []


def test_staff_without_the_permission_can_not_lift_a_lock(alice, settings):
    settings.LOGIN_TRIES_PER_USER = 2
    guess("alice", 3)
    reader = User.objects.create_user("reader", password=PASSWORD, is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_user"))
    client = Client()
    client.force_login(reader)
    assert client.get("/admin/users/user/").status_code == 200
    lift_lock(client, alice)
    assert guess("alice", 1) == 429


def test_actions_of_support_are_events_that_name_it(support, alice, bob):
    save(support, alice, without=["is_active"])
    save(support, alice, is_active="on")
    save(support, bob, role="owner", employer="")
    form = {"password1": "another-horse-8", "password2": "another-horse-8", "usable_password": "true"}
    support.post(f"/admin/users/user/{bob.pk}/password/", form)
    assert list_events() == [
        ("deactivated", "alice", "support"),
        ("deactivated", "bob", "support"),
        ("reactivated", "alice", "support"),
        ("role_changed", "bob", "support"),
        ("password_changed", "bob", "support"),
    ]


def test_events_are_read_only(support, alice):
    services.deactivate(by=Caller(), user=alice)
    event = SecurityEvent.objects.get()
    assert "deactivated" in support.get("/admin/users/securityevent/").text.lower()
    assert support.post(f"/admin/users/securityevent/{event.pk}/change/", {"kind": "unlocked"}).status_code == 403
    assert support.post(f"/admin/users/securityevent/{event.pk}/delete/", {"post": "yes"}).status_code == 403
