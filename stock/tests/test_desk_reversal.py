"""Support reverses an operation at the desk: by the service, with a reason, and the account sees who it was."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client

from stock import services
from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.models import MovementType, Operation, Reason
from stock.services import book
from stock.verification import find_breaks
from testing.cast import PASSWORD, make_product
from users.models import User

FORM = {"note": "Rung up twice, says the owner.", "reference": "ticket 81"}


@pytest.fixture
def sam(db):
    user = User.objects.create_user("sam", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    return user


@pytest.fixture
def desk(sam):
    client = Client()
    client.force_login(sam)
    return client


@pytest.fixture
def sale(alice, kettle):
    return book(
        draft=OperationDraft(by=alice, reason=Reason.SALE), lines=[Line(by_id(kettle.pk), MovementType.OUT, 4)]
    )[0].operation


def address(operation):
    return f"/admin/stock/operation/{operation.pk}/reverse/"


def test_the_page_shows_what_would_be_undone(desk, sale, kettle):
    page = desk.get(address(sale))
    assert [movement.product_id for movement in page.context["movements"]] == [kettle.pk]
    assert "Reverse" in desk.get(f"/admin/stock/operation/{sale.pk}/change/").text
    assert Operation.objects.count() == 2


def test_a_reversal_books_the_opposite_with_the_reason(desk, sam, alice, sale, kettle):
    answer = desk.post(address(sale), FORM)
    reversal = Operation.objects.get(reverses=sale)
    assert answer.url == f"/admin/stock/operation/{reversal.pk}/change/"
    kettle.refresh_from_db()
    assert (kettle.quantity, reversal.performed_by, reversal.owner) == (10, sam, alice)
    assert (reversal.note, reversal.reference) == (FORM["note"], FORM["reference"])
    assert find_breaks(alice.pk) == []


def test_the_lines_of_a_reason_end_as_everywhere(desk, sale):
    desk.post(address(sale), {"note": "Twice.\r\nSays the owner."})
    assert Operation.objects.get(reverses=sale).note == "Twice.\nSays the owner."


def test_the_account_sees_that_support_did_it_and_no_name_to_sign_in_with(desk, sam, as_alice, sale):
    desk.post(address(sale), FORM)
    newest = as_alice.get("/api/stock/operations/").json()["results"][0]
    assert (newest["performed_by"], newest["performed_by_username"]) == (sam.pk, "support staff")
    assert newest["note"] == FORM["note"]
    history = as_alice.get("/api/item-changes/").text
    assert "support staff" in history
    assert "sam" not in history


def test_people_of_the_account_are_named_as_ever(alice, bob, kettle):
    for person in (alice, bob):
        movement = services.book_one(
            draft=OperationDraft(by=person, reason=Reason.SALE), line=Line(by_id(kettle.pk), MovementType.OUT, 1)
        )
        assert movement.operation.performed_by_username == person.username


def test_a_reversal_leaves_a_trace_of_who_and_why(desk, sam, sale):
    desk.post(address(sale), FORM)
    entry = LogEntry.objects.get()
    reversal = Operation.objects.get(reverses=sale)
    assert (entry.user, entry.object_id) == (sam, str(sale.pk))
    assert entry.change_message == f"Reversed by operation {reversal.pk}: {FORM['note']}"
    assert "Rung up twice" in desk.get(f"/admin/stock/operation/{sale.pk}/history/").text


def test_the_trace_is_written_with_the_reversal_or_neither_is(desk, sale, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(LogEntry.objects, "log_actions", fail)
    with pytest.raises(ZeroDivisionError):
        desk.post(address(sale), FORM)
    assert not Operation.objects.filter(reverses=sale).exists()


@pytest.mark.parametrize(
    "form", [{}, {"note": " "}, {"note": "x" * 1001}, {"note": "a\x07b"}, {**FORM, "reference": "x" * 101},
             {**FORM, "reference": "a\nb"}],
)  # fmt: skip
def test_without_a_proper_reason_nothing_is_booked(desk, sale, form):
    page = desk.post(address(sale), form)
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not Operation.objects.filter(reverses=sale).exists()


def test_twice_is_refused_and_says_by_what(desk, sale):
    desk.post(address(sale), FORM)
    page = desk.post(address(sale), FORM)
    reversal = Operation.objects.get(reverses=sale)
    assert f"reversed already, by operation {reversal.pk}" in page.text
    assert "/reverse/" not in desk.get(f"/admin/stock/operation/{sale.pk}/change/").text
    assert LogEntry.objects.count() == 1


def test_what_would_go_below_zero_is_refused_line_by_line(desk, alice, kettle, sale):
    opening = kettle.movements.get(sequence=1).operation
    page = desk.post(address(opening), FORM)
    assert f"Product {kettle.pk}: Only 6 in stock, 10 requested." in page.text
    assert not LogEntry.objects.exists()


def test_an_archived_product_is_told(desk, as_alice, kettle, sale):
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert f"Product {kettle.pk} is archived" in desk.post(address(sale), FORM).text


def test_the_action_of_the_list_leads_to_the_page_of_one(desk, alice, sale):
    opening = make_product(alice, quantity=1).movements.get().operation
    form = {"action": "reverse", "_selected_action": [sale.pk]}
    assert desk.post("/admin/stock/operation/", form).url == address(sale)
    both = desk.post("/admin/stock/operation/", {**form, "_selected_action": [sale.pk, opening.pk]}, follow=True)
    assert "Select one operation: they are reversed one at a time." in both.text


def test_who_has_not_the_right_reverses_nothing(sale):
    user = User.objects.create_user("may", password=PASSWORD, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_operation"))
    client = Client()
    client.force_login(user)
    assert client.get(f"/admin/stock/operation/{sale.pk}/change/").status_code == 200
    assert "/reverse/" not in client.get(f"/admin/stock/operation/{sale.pk}/change/").text
    assert client.post(address(sale), FORM).status_code == 403
    assert not Operation.objects.filter(reverses=sale).exists()


def test_a_reversal_wants_its_csrf_token(sam, sale):
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    assert client.post(address(sale), FORM).status_code == 403


def test_an_operation_that_is_not_there_leads_back(desk):
    assert desk.post("/admin/stock/operation/999/reverse/", FORM).url == "/admin/"


def test_of_many_movements_the_first_are_shown(desk, alice, kettle, monkeypatch):
    monkeypatch.setattr("stock.admin.MAX_MOVEMENTS_ON_PAGE", 2)
    lines = [Line(by_id(kettle.pk), MovementType.OUT, 1)] * 4
    operation = book(draft=OperationDraft(by=alice, reason=Reason.SALE), lines=lines)[0].operation
    shown = desk.get(f"/admin/stock/operation/{operation.pk}/change/").context["movements"]
    assert [movement.sequence for movement in shown] == [2, 3]
