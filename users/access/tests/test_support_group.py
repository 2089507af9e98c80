"""The group "Support". migrate creates it with the permissions for its work. Its members can't extend their rights."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db.migrations.state import ProjectState
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.access import support_group
from users.models import SecurityEvent, User

ESCALATIONS = {"is_superuser": "on", "is_staff": "on", "groups": ["1"], "user_permissions": ["1"]}


def create_staff(name, *permissions, **flags):
    """Create a staff user, who is a member of the group. If permissions are given, the user has only these."""
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True, **flags)
    if permissions:
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    else:
        user.groups.add(Group.objects.get(name=support_group.NAME))
    return user


def make_browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sam(db):
    return create_staff("sam")


@pytest.fixture
def desk(sam):
    return make_browser(sam)


@pytest.fixture
def boss(db):
    return User.objects.create_superuser("boss", password=PASSWORD, email="boss@example.org")


# --- The group ----------------------------------------------------------------------------------------------


@pytest.mark.needs("webhooks")
@pytest.mark.quick
def test_the_group_may_view_every_model_and_has_three_other_permissions(db):
    models = {f"{model._meta.app_label}.view_{model._meta.model_name}" for model in admin.site._registry}
    given = Group.objects.get(name="Support").permissions.select_related("content_type")
    names = {f"{permission.content_type.app_label}.{permission.codename}" for permission in given}
    assert names == models | {"users.admit_user", "stock.reverse_operation", "webhooks.switch_off_webhook"}


def test_migrate_resets_the_groups_permissions(db):
    group = Group.objects.get(name="Support")
    group.permissions.set(Permission.objects.filter(codename="change_user"))
    call_command("migrate", verbosity=0)
    codenames = set(group.permissions.values_list("codename", flat=True))
    assert "change_user" not in codenames
    assert {"view_user", "admit_user", "reverse_operation"} <= codenames


def test_migrate_recreates_the_group_and_keeps_others(db):
    own = Group.objects.create(name="Bookkeepers")
    own.permissions.set(Permission.objects.filter(codename="view_product"))
    Group.objects.get(name="Support").delete()
    call_command("migrate", verbosity=0)
    assert Group.objects.get(name="Support").permissions.count() > 10
    assert own.permissions.get().codename == "view_product"


def test_seeds_nothing_before_the_groups_table_exists(db):
    Group.objects.get(name="Support").delete()
    support_group.seed(apps=ProjectState().apps)
    assert not Group.objects.exists()


# --- Permitted ----------------------------------------------------------------------------------------------
def test_support_views_every_list_and_can_not_add_rows(desk):
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert desk.get(address).status_code == 200, model
        assert desk.get(f"{address}add/").status_code == 403, model


def run_action(client, action, *users):
    form = {"action": action, "_selected_action": [user.pk for user in users]}
    return client.post("/admin/users/user/", form, follow=True).text


def is_active(user):
    return User.objects.get(pk=user.pk).is_active


def test_support_deactivates_and_reactivates_an_owner_and_its_workers(desk, sam, alice, bob, as_alice, as_bob):
    assert "Deactivated: alice." in run_action(desk, "deactivate", alice)
    assert (as_alice.get("/api/").status_code, as_bob.get("/api/").status_code) == (401, 401)
    assert "Reactivated: alice, bob." in run_action(desk, "reactivate", alice, bob)
    response = client_of(None).post("/api/login/", {"username": "bob", "password": PASSWORD})
    assert response.status_code == 200
    kinds = [(event.kind, str(event.user), event.actor) for event in SecurityEvent.objects.order_by("id")]
    assert kinds[:2] == [("deactivated", "alice", sam), ("deactivated", "bob", sam)]
    assert kinds[2:] == [("reactivated", "alice", sam), ("reactivated", "bob", sam)]


def test_logs_each_action_that_has_an_effect(desk, sam, alice, settings):
    settings.LOGIN_TRIES_PER_USER = 1
    run_action(desk, "reactivate", alice)
    run_action(desk, "lift_sign_in_lock", alice)
    assert LogEntry.objects.count() == 0
    client_of(None).post("/api/login/", {"username": "alice", "password": "wrong"})
    run_action(desk, "lift_sign_in_lock", alice)
    run_action(desk, "deactivate", alice)
    run_action(desk, "reactivate", alice)
    traces = [(entry.user, entry.object_repr, entry.change_message) for entry in LogEntry.objects.order_by("id")]
    words = ["Sign-in lock lifted.", "Deactivated.", "Reactivated."]
    assert traces == [(sam, "alice", message) for message in words]


def test_action_and_log_entry_are_written_in_one_transaction(desk, alice, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(LogEntry.objects, "log_actions", fail)
    with pytest.raises(ZeroDivisionError):
        run_action(desk, "deactivate", alice)
    assert is_active(alice)


def test_the_log_is_read_only(desk, alice):
    run_action(desk, "deactivate", alice)
    entry = LogEntry.objects.get()
    assert "Deactivated." in desk.get("/admin/admin/logentry/").text
    assert desk.post(f"/admin/admin/logentry/{entry.pk}/change/", {"change_message": "x"}).status_code == 403
    assert desk.post(f"/admin/admin/logentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_action_applies_to_the_selected_users_only(desk, alice, charlie):
    form = {"action": "deactivate", "_selected_action": [alice.pk], "select_across": "1"}
    desk.post("/admin/users/user/", form)
    assert (is_active(alice), is_active(charlie)) == (False, True)


# --- Refused ------------------------------------------------------------------------------------------------


def read_rights(user):
    user = User.objects.get(pk=user.pk)
    return (
        user.is_superuser,
        user.is_staff,
        user.groups.count(),
        user.user_permissions.count(),
        user.password,
        user.email,
    )


@all_cases("address", ["users/user/{pk}/change/", "users/user/{pk}/password/", "users/user/{pk}/delete/"])
def test_support_can_not_change_a_user_on_any_page(desk, sam, alice, boss, address):
    form = {"username": "x", "email": "x@example.org", "post": "yes", **ESCALATIONS}
    form |= {"password1": "otter-gold-57", "password2": "otter-gold-57", "usable_password": "true"}
    for user in (sam, alice, boss):
        before = read_rights(user)
        assert desk.post(f"/admin/{address.format(pk=user.pk)}", form).status_code == 403
        assert read_rights(user) == before


@all_cases("kind", ["add", "{pk}/change", "{pk}/delete"])
def test_support_can_not_change_groups(desk, kind):
    group = Group.objects.get(name="Support")
    before = group.permissions.count()
    everything = list(Permission.objects.values_list("pk", flat=True))
    form = {"name": "Support", "permissions": everything, "post": "yes"}
    assert desk.post(f"/admin/auth/group/{kind.format(pk=group.pk)}/", form).status_code == 403
    assert Group.objects.get().permissions.count() == before


def test_support_can_not_act_on_staff_or_itself(desk, sam, boss):
    colleague, closed = create_staff("tess"), create_staff("uwe", is_active=False)
    for user in (sam, boss, colleague):
        assert "No user was changed." in run_action(desk, "deactivate", user)
        assert is_active(user)
    run_action(desk, "reactivate", closed)
    assert not is_active(closed)


def test_support_does_not_see_password_hashes(slow_hashes, desk, alice, boss):
    for user in (alice, boss):
        page = desk.get(f"/admin/users/user/{user.pk}/change/")
        assert page.status_code == 200
        assert "argon2" not in page.text
        assert user.password not in page.text


@pytest.mark.quick
def test_the_permission_to_change_users_does_not_allow_to_give_rights(alice):
    client = make_browser(create_staff("may", "view_user", "change_user", "add_user"))
    before = read_rights(alice)
    form = {"username": "alice", "email": "new@example.org", "role": "owner", "is_active": "on", **ESCALATIONS}
    form |= {"date_joined_0": "2026-01-01", "date_joined_1": "10:00:00"}
    assert client.post(f"/admin/users/user/{alice.pk}/change/", form).status_code == 302
    assert read_rights(alice) == (*before[:5], "new@example.org")


@all_cases("page", ["change", "password"])
def test_the_permission_to_change_users_does_not_allow_to_change_staff(boss, page):
    may = create_staff("may", "view_user", "change_user")
    form = {"username": "boss", "email": "x@example.org", "password1": "otter-gold-57", "password2": "otter-gold-57"}
    for user in (boss, may):
        before = read_rights(user)
        assert make_browser(may).post(f"/admin/users/user/{user.pk}/{page}/", form).status_code == 403
        assert read_rights(user) == before


def test_only_superusers_change_groups(boss):
    may = make_browser(create_staff("may", "view_group", "change_group", "add_group", "delete_group"))
    address = f"/admin/auth/group/{Group.objects.get().pk}/change/"
    form = {"name": "Support", "permissions": [Permission.objects.get(codename="change_user").pk]}
    assert may.post(address, form).status_code == 403
    assert make_browser(boss).post(address, form).status_code == 302


def test_a_superuser_deactivates_a_colleague_but_not_itself(boss, sam):
    assert "Deactivated: sam." in run_action(make_browser(boss), "deactivate", sam, boss)
    assert (is_active(sam), is_active(boss)) == (False, True)


def test_staff_without_the_permission_has_no_actions(alice):
    client = make_browser(create_staff("may", "view_user"))
    assert "lift_sign_in_lock" not in client.get("/admin/users/user/").text
    run_action(client, "deactivate", alice)
    assert is_active(alice)
