"""The support desk's lists of movements and operations: their columns, and the rows that each filter finds."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils.html import escape

from core.support.desk import format_minute
from desk.support import forms as desk_filters
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Movement, MovementType, Operation, OperationReason
from testing.cast.people import PASSWORD, make_product
from testing.tables import all_cases
from trade.selling import services
from trade.selling.services import book
from users.models import User

MOVEMENTS, OPERATIONS = "/admin/stock/movement/", "/admin/stock/operation/"


@pytest.fixture
def sam(db):
    """Return the client of a member of the group Support."""
    user = User.objects.create_user("sam", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    client = Client()
    client.force_login(user)
    return client


def take(product, quantity=1, by=None, **draft):
    """Book a movement out of stock, and return it."""
    draft = OperationDraft(by=by or product.owner, **{"reason": OperationReason.SALE, **draft})
    return book(draft=draft, lines=[BookingLine(by_id(product.pk), MovementType.OUT, quantity)])[0]


@pytest.fixture
def trade(alice, bob, charlie):
    """Book movements of two shops, and return them by name."""
    tea = make_product(alice, "Earl Grey", quantity=1200, sku="T-1")
    pot, theirs = make_product(alice, "Pot", quantity=9), make_product(charlie, "Earl Grey", quantity=9, sku="t-1")
    return {
        "sold": take(tea, 200, by=bob, reference="till 9", note="n" * 100),
        "broken": take(tea, reason=OperationReason.DAMAGE, occurred_at=datetime.now(UTC) - timedelta(days=3)),
        "pot": take(pot, by=bob),
        "theirs": take(theirs, reference="till 9"),
    }


def find(client, address=MOVEMENTS, **query):
    response = client.get(address, query)
    assert response.status_code == 200
    return [row.pk for row in response.context["cl"].result_list]


def ids(trade, *names):
    return [trade[name].pk for name in names]


def test_the_list_answers_who_when_and_why(sam, trade):
    text = sam.get(MOVEMENTS, {"reference": "till 9", "owner": "alice"}).text
    sold = trade["sold"]
    booked = format_minute(sold.operation.created_at)
    for shown in (booked, "-200", "1,200 → 1,000", "bob", "sale", "till 9", f"{'n' * 80}…", "Earl Grey"):
        assert shown in text
    assert f'href="/admin/products/product/{sold.product_id}/change/"' in text
    assert f'href="/admin/stock/operation/{sold.operation_id}/change/"' in text
    assert f'href="/admin/accounts/{sold.owner_id}/"' in text


def test_the_page_of_a_movement_says_who_and_why(sam, trade):
    sold = trade["sold"]
    text = sam.get(f"{MOVEMENTS}{sold.pk}/change/").text
    for shown in ("OUT 200 Earl Grey", ">bob<", "till 9", "n" * 100):
        assert shown in text


def test_a_missing_operation_redirects_to_the_desk(sam):
    assert sam.get("/admin/stock/operation/1/change/").status_code == 302


def test_both_times_are_shown(sam, trade):
    text = sam.get(MOVEMENTS, {"owner": "alice", "reason": "damage"}).text
    operation = trade["broken"].operation
    assert format_minute(operation.occurred_at) in text
    assert format_minute(operation.created_at) in text


def test_staff_sees_which_member_of_staff_reversed_an_operation(sam, trade):
    member = User.objects.get(username="sam")
    services.reverse_operation(by=member, operation=trade["pot"].operation, note="wrong", reference="")
    for address in (MOVEMENTS, OPERATIONS):
        assert "sam (support staff)" in sam.get(address, {"owner": "alice", "reason": "reversal"}).text


def test_movements_are_filtered_by_each_field(sam, trade, bob):
    tea = trade["sold"].product_id
    assert find(sam, owner="charlie")[0] == trade["theirs"].pk
    assert find(sam, owner=str(bob.employer_id), person="bob") == ids(trade, "pot", "sold")
    assert find(sam, owner="alice", person=str(bob.pk)) == ids(trade, "pot", "sold")
    assert find(sam, owner="alice", reason="damage") == ids(trade, "broken")
    assert find(sam, owner="alice", reference="till 9") == ids(trade, "sold")
    assert find(sam, owner="alice", reference="till 9", person="bob", reason="sale") == ids(trade, "sold")
    assert find(sam, owner="alice", reference="till 9", person="bob", reason="damage") == []
    assert find(sam, owner="alice", product=tea, reason="damage") == ids(trade, "broken")
    assert find(sam, owner="alice", product="T-1")[:2] == ids(trade, "broken", "sold")
    assert find(sam, owner="charlie", product=tea) == []
    assert find(sam, owner="alice", operation=trade["sold"].operation_id, reference="till 9") == ids(trade, "sold")
    assert find(sam, owner="charlie", operation=trade["sold"].operation_id) == []


def test_operations_are_filtered_by_each_field(sam, trade):
    sold, broken, pot, theirs = (trade[name].operation_id for name in ("sold", "broken", "pot", "theirs"))
    assert find(sam, OPERATIONS, owner="charlie")[0] == theirs
    assert find(sam, OPERATIONS, owner="alice", person="bob") == [pot, sold]
    assert find(sam, OPERATIONS, owner="alice", reason="damage") == [broken]
    assert find(sam, OPERATIONS, q="till 9") == [theirs, sold]
    assert find(sam, OPERATIONS, q="till 9", owner="alice") == [sold]
    assert find(sam, OPERATIONS, reference="till 9", owner="alice", person="bob") == [sold]
    assert find(sam, OPERATIONS, reference="till 9", owner="alice", person="bob", reason="damage") == []


@all_cases(
    "query",
    [{"person": "bob"}, {"product": "T-1"}, {"reason": "sale"}, {"since": "2026-01-01"}, {"reference": "till 9"}],
)
def test_an_account_is_chosen_before_any_other_filter(sam, trade, query):
    page = sam.get(MOVEMENTS, query)
    assert "Choose an account first." in page.text
    assert not page.context["cl"].result_list


@all_cases("query", [{}, {"product": "T-1"}, {"reference": "till 9"}])
def test_a_period_of_booking_includes_its_days(sam, trade, query):
    query = query | {"owner": "alice"}
    everything, today = find(sam, **query), datetime.now(UTC).date()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    query = query | {"clock": "booked"}
    assert everything
    assert find(sam, **query, since=today, until=today) == everything
    assert find(sam, **query, since=yesterday) == find(sam, **query, until=tomorrow) == everything
    assert find(sam, **query, since=tomorrow) == find(sam, **query, until=yesterday) == []


def test_a_period_of_booking_of_operations_includes_its_days(sam, trade):
    today = datetime.now(UTC).date()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    alice = {"owner": "alice", "clock": "booked"}
    assert len(find(sam, OPERATIONS, **alice, since=today, until=today)) == 5
    assert find(sam, OPERATIONS, **alice, since=tomorrow) == []
    assert find(sam, OPERATIONS, **alice, until=yesterday, reference="till 9") == []


def test_a_period_is_by_default_one_of_happening(sam, trade):
    today = datetime.now(UTC).date()
    day = today - timedelta(days=3)
    for query in ({"owner": "alice"}, {"owner": "alice", "product": trade["broken"].product_id}):
        assert find(sam, since=day, until=day, **query) == ids(trade, "broken")
        assert find(sam, until=day, reason="damage", **query) == ids(trade, "broken")
        assert trade["broken"].pk not in find(sam, since=today, **query)
    alice = {"owner": "alice", "reference": "till 9"}
    assert find(sam, OPERATIONS, owner="alice", since=day, until=day) == [trade["broken"].operation_id]
    assert find(sam, since=today, **alice) == ids(trade, "sold")
    assert find(sam, until=day, **alice) == find(sam, OPERATIONS, until=day, **alice) == []


def test_an_empty_ledger_has_no_period(sam, alice):
    assert find(sam, owner="alice", since="2026-01-01") == []
    assert find(sam, OPERATIONS, owner="alice", until="2026-01-01") == []


def test_a_filter_without_an_index_reads_a_limited_number_of_rows_and_says_so(sam, trade, monkeypatch):
    monkeypatch.setattr(desk_filters.OperationFilterForm, "max_rows", 2)
    page = sam.get(MOVEMENTS, {"person": "bob", "owner": "alice"})
    assert [row.pk for row in page.context["cl"].result_list] == ids(trade, "pot")
    assert "Searched the newest 2 rows" in page.text
    pot = {"person": "bob", "owner": "alice", "product": trade["pot"].product_id}
    assert "Searched the newest" not in sam.get(MOVEMENTS, pot).text
    assert "Searched the newest" not in sam.get(MOVEMENTS, {"owner": "alice"}).text
    assert "Searched the newest" in sam.get(OPERATIONS, {"person": "bob", "owner": "alice"}).text


@all_cases(
    ("query", "message"),
    [
        ({"owner": "nobody"}, "There is no such user."),
        ({"person": "999999"}, "There is no such user."),
        ({"owner": "alice", "product": "999999"}, '"999999" is not in the name, SKU or barcode of any product.'),
        ({"operation": "x"}, "Enter a whole number."),
        ({"reason": "fun"}, "Select a valid choice."),
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"until": "1999-12-31"}, "Enter a date from 2000 to 2199."),
        ({"reference": "x" * 101}, "no more than 100 characters"),
        ({"owner": "a\x07b"}, "Control characters are not allowed."),
    ],
)
def test_a_malformed_filter_finds_nothing_and_is_explained_beside_its_field(sam, trade, query, message):
    page = sam.get(MOVEMENTS, query)
    assert page.status_code == 200
    assert escape(message) in page.text
    assert not page.context["cl"].result_list


def test_empty_filters_are_ignored(sam, trade):
    empty = dict.fromkeys(desk_filters.MovementFilterForm.base_fields, "")
    assert find(sam, **empty) == list(Movement.objects.order_by("-id").values_list("pk", flat=True))
    empty = dict.fromkeys(desk_filters.OperationFilterForm.base_fields, "")
    assert find(sam, OPERATIONS, **empty) == list(Operation.objects.order_by("-id").values_list("pk", flat=True))


@pytest.mark.quick
def test_the_list_links_to_the_rows_it_is_filtered_by(sam, trade):
    sold = trade["sold"]
    text = sam.get(MOVEMENTS, {"owner": "alice", "person": "bob", "product": sold.product_id}).text
    for link in ("Account alice", "Person bob", "Product Earl Grey"):
        assert f">{link}</a>" in text


@all_cases(
    ("query", "limit"),
    [
        ({}, 10),
        ({"owner": "alice", "person": "bob"}, 13),
        ({"owner": "alice", "reference": "till 9"}, 13),
        ({"owner": "alice", "since": "2026-01-01", "clock": "booked"}, 13),
    ],
)
def test_the_list_needs_the_same_statements_for_any_number_of_rows(
    sam, trade, query, limit, django_assert_max_num_queries
):
    for _ in range(5):
        take(trade["pot"].product, reference="till 9")
    with django_assert_max_num_queries(limit):
        sam.get(MOVEMENTS, query)
