"""Support staff reverse an operation at the support desk and give a reason."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client

from products.filing.tests.importing import upload
from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, Operation, OperationReason
from stock.proofs.verification import find_breaks
from testing.cast.people import PASSWORD, make_product
from testing.tables import all_cases
from trade.selling.services import book
from users.models import User

FORM = {"note": "Rung up twice, says the owner.", "reference": "ticket 81"}


@pytest.fixture
def sam(db):
    user = User.objects.create_user("sam", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    return user


@pytest.fixture
def support_client(sam):
    client = Client()
    client.force_login(sam)
    return client


@pytest.fixture
def sale(alice, kettle):
    return book(
        draft=OperationDraft(by=alice, reason=OperationReason.SALE),
        lines=[BookingLine(by_id(kettle.pk), MovementType.OUT, 4)],
    )[0].operation


def get_url(operation):
    return f"/admin/stock/operation/{operation.pk}/reverse/"


def test_the_page_shows_the_movements_to_reverse(support_client, sale, kettle):
    page = support_client.get(get_url(sale))
    assert [movement.product_id for movement in page.context["movements"]] == [kettle.pk]
    assert "Reverse" in support_client.get(f"/admin/stock/operation/{sale.pk}/change/").text
    assert Operation.objects.count() == 2


def test_a_reversal_books_the_opposite_with_note_and_reference(support_client, sam, alice, sale, kettle):
    response = support_client.post(get_url(sale), FORM)
    reversal = Operation.objects.get(reverses=sale)
    assert response.url == f"/admin/stock/operation/{reversal.pk}/change/"
    kettle.refresh_from_db()
    assert (kettle.quantity, reversal.performed_by, reversal.owner) == (10, sam, alice)
    assert (reversal.note, reversal.reference) == (FORM["note"], FORM["reference"])
    assert find_breaks(alice.pk) == []


def test_normalizes_line_ends_in_the_reason(support_client, sale):
    support_client.post(get_url(sale), {"note": "Twice.\r\nSays the owner."})
    assert Operation.objects.get(reverses=sale).note == "Twice.\nSays the owner."


@pytest.mark.quick
def test_the_account_sees_support_staff_instead_of_the_user_name(support_client, sam, as_alice, sale):
    support_client.post(get_url(sale), FORM)
    newest = as_alice.get("/api/stock/operations/").json()["results"][0]
    assert (newest["performed_by"], newest["performed_by_username"]) == (sam.pk, "support staff")
    assert newest["note"] == FORM["note"]
    history = as_alice.get("/api/item-changes/").text
    assert "support staff" in history
    assert "sam" not in history


def test_logs_the_user_and_the_reason_of_a_reversal(support_client, sam, sale):
    support_client.post(get_url(sale), FORM)
    entry = LogEntry.objects.get()
    reversal = Operation.objects.get(reverses=sale)
    assert (entry.user, entry.object_id) == (sam, str(sale.pk))
    assert entry.change_message == f"Reversed by operation {reversal.pk}: {FORM['note']}"
    assert "Rung up twice" in support_client.get(f"/admin/stock/operation/{sale.pk}/history/").text


def test_a_failing_log_entry_rolls_the_reversal_back(support_client, sale, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(LogEntry.objects, "log_actions", fail)
    with pytest.raises(ZeroDivisionError):
        support_client.post(get_url(sale), FORM)
    assert not Operation.objects.filter(reverses=sale).exists()


@all_cases(
    "form", [{}, {"note": " "}, {"note": "x" * 1001}, {"note": "a\x07b"}, {**FORM, "reference": "x" * 101},
             {**FORM, "reference": "a\nb"}],
)  # fmt: skip
def test_refuses_a_missing_or_malformed_reason(support_client, sale, form):
    page = support_client.post(get_url(sale), form)
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not Operation.objects.filter(reverses=sale).exists()


def test_refuses_a_second_reversal_and_names_the_first(support_client, sale):
    support_client.post(get_url(sale), FORM)
    page = support_client.post(get_url(sale), FORM)
    reversal = Operation.objects.get(reverses=sale)
    assert f"reversed already, by operation {reversal.pk}" in page.text
    assert "/reverse/" not in support_client.get(f"/admin/stock/operation/{sale.pk}/change/").text
    assert LogEntry.objects.count() == 1


def test_names_each_product_that_would_become_negative(support_client, alice, kettle, sale):
    opening = kettle.movements.get(sequence=1).operation
    page = support_client.post(get_url(opening), FORM)
    assert f"Product {kettle.pk}: Only 6 in stock, 10 requested." in page.text
    assert not LogEntry.objects.exists()


def test_names_an_archived_product(support_client, as_alice, kettle, sale):
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert f"Product {kettle.pk} is archived" in support_client.post(get_url(sale), FORM).text


def test_the_list_s_action_opens_the_page_of_a_single_operation(support_client, alice, sale):
    opening = make_product(alice, quantity=1).movements.get().operation
    form = {"action": "reverse", "_selected_action": [sale.pk]}
    assert support_client.post("/admin/stock/operation/", form).url == get_url(sale)
    both = support_client.post(
        "/admin/stock/operation/", {**form, "_selected_action": [sale.pk, opening.pk]}, follow=True
    )
    assert "Select one operation: they are reversed one at a time." in both.text


def test_refuses_a_reversal_without_the_permission(sale):
    user = User.objects.create_user("may", password=PASSWORD, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_operation"))
    client = Client()
    client.force_login(user)
    assert client.get(f"/admin/stock/operation/{sale.pk}/change/").status_code == 200
    assert "/reverse/" not in client.get(f"/admin/stock/operation/{sale.pk}/change/").text
    assert client.post(get_url(sale), FORM).status_code == 403
    assert not Operation.objects.filter(reverses=sale).exists()


def test_refuses_a_reversal_without_a_csrf_token(sam, sale):
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    assert client.post(get_url(sale), FORM).status_code == 403


def test_a_missing_operation_redirects_to_the_support_desk(support_client):
    assert support_client.post("/admin/stock/operation/999/reverse/", FORM).url == "/admin/"


def test_shows_the_first_of_many_movements(support_client, alice, kettle, monkeypatch):
    monkeypatch.setattr("desk.support.ledger_admin.MAX_MOVEMENTS_ON_PAGE", 2)
    lines = [BookingLine(by_id(kettle.pk), MovementType.OUT, 1)] * 4
    operation = book(draft=OperationDraft(by=alice, reason=OperationReason.SALE), lines=lines)[0].operation
    shown = support_client.get(f"/admin/stock/operation/{operation.pk}/change/").context["movements"]
    assert [movement.sequence for movement in shown] == [2, 3]


def test_the_reversal_of_an_import_can_archive_what_it_has_created(support_client, as_alice):
    operation = Operation.objects.get(pk=upload(as_alice, "name,price,quantity\nPot,1,2\n").json()["operation"])
    assert support_client.post(get_url(operation), {**FORM, "archive_created": "on"}).status_code == 302
    assert Product.objects.get(name="Pot").archived_at is not None
    assert "Archived: 1 products" in LogEntry.objects.get().change_message


@pytest.mark.quick
def test_the_reversal_of_a_sale_that_should_archive_is_refused(support_client, sale):
    page = support_client.post(get_url(sale), {**FORM, "archive_created": "on"}).text
    assert "is no import whose products are known" in page
    assert not Operation.objects.filter(reverses=sale).exists()
