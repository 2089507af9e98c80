"""The demo shop: its products, its history and its users."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.test import override_settings

from core.database.postgres.base import execute
from core.time_zones import today
from desk.shop.tests.test_primary_buttons import find_crowded, use_all, walk
from ops.demo.credentials import DEMO_PASSWORD, DEMO_USERS, make_banner
from products.models import Category, Group, Product, Profile
from records.history.models import Change
from stock.models import Holding, Location, Lot, Movement, Operation, OperationReason, Return, Seal, Sold, Verification
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.cast.people import client_of
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.closings.models import Closing
from trade.customers.models import Customer
from trade.purchasing.lines import attach_order_lines
from trade.purchasing.models import Order
from trade.reservations.models import Reservation
from trade.sheets.models import Sheet
from users.models import User


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker):
    """Create the demo shop once for all tests of this file, in a database that has given the id 1 to a till already."""
    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        execute("SELECT nextval(pg_get_serial_sequence('tills_till', 'id'))")
        call_command("load_demo")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(filled, db):
    return User.objects.get(username="demo")


def test_the_shop_has_hundreds_of_products_in_a_dozen_categories(demo):
    assert Product.objects.for_user(demo).count() == 302
    assert Category.objects.for_user(demo).count() == 12
    assert Product.objects.filter(supplier=None).count() == 0


def test_the_history_of_each_product_begins_with_its_first_values(demo):
    created = Change.objects.filter(owner=demo, kind="product", changes__has_key="created")
    assert set(created.values_list("row_id", flat=True)) == set(Product.objects.values_list("pk", flat=True))


def test_its_ledger_has_been_verified(demo):
    verification = Verification.objects.get(owner=demo)
    assert (verification.broken, verification.movements) == ("", Movement.objects.for_user(demo).count())


def test_its_ledger_is_sealed(demo):
    seal = Seal.objects.get(owner=demo)
    assert (seal.number, seal.operations) == (1, Operation.objects.for_user(demo).count())


def test_every_name_sku_and_barcode_is_unique(demo):
    products = Product.objects.for_user(demo)
    for field in ("name", "sku", "barcode"):
        assert len({value.lower() for value in products.values_list(field, flat=True)}) == 302


def test_its_ledger_has_no_breaks(demo):
    assert find_breaks(demo.pk) == []


def test_it_has_traded_for_half_a_year_up_to_now(demo):
    times = [operation.occurred_at for operation in Operation.objects.for_user(demo).order_by("occurred_at")]
    now = datetime.now(UTC)
    assert now - timedelta(days=185) < times[0] < now - timedelta(days=178)
    assert now - timedelta(minutes=5) < times[-1] <= now
    assert 1200 < len(times) < 1600
    assert 4000 < Movement.objects.for_user(demo).count() < 5000


def test_operations_occurred_in_the_order_of_their_ids(demo):
    operations = Operation.objects.for_user(demo).exclude(reference="on account 1")  # it is recorded late
    times = list(operations.order_by("id").values_list("occurred_at", flat=True))
    assert times == sorted(times)


def test_it_sells_most_on_saturdays_and_nothing_on_sundays(demo):
    sales = Operation.objects.for_user(demo).filter(reason=OperationReason.SALE).exclude(occurred_at__date=today())
    by_day = dict(sales.values_list("occurred_at__iso_week_day").annotate(Count("id")))
    assert max(by_day, key=by_day.get) == 6
    assert 7 not in by_day


@all_cases(
    ("condition", "minimum", "maximum"),
    [
        (Q(is_low_stock=True), 5, 40),
        (Q(quantity=0), 1, 10),
        (Q(expiration_date__lte=today(), quantity__gt=0), 2, 10),
        (Q(expiration_date__gt=today(), expiration_date__lte=today() + timedelta(days=30)), 5, 40),
        (Q(stock_sequence=1), 1, 10),
        (Q(last_counted_at__isnull=False), 20, 30),
    ],
)
def test_some_products_are_low_empty_expired_expiring_idle_or_counted(demo, condition, minimum, maximum):
    assert minimum <= Product.objects.for_user(demo).filter(condition).count() <= maximum


def test_every_reason_but_imports_and_corrections_occurs(demo):
    reasons = dict(Operation.objects.for_user(demo).values_list("reason").annotate(Count("id")))
    assert set(reasons) == set(OperationReason) - {OperationReason.IMPORT, OperationReason.CORRECTION}
    assert (reasons["opening"], reasons["reversal"], reasons["count"]) == (1, 1, 1)
    assert Operation.objects.filter(reference__regex=r"^delivery \d{4}$", reason=OperationReason.PURCHASE).count() > 50


def test_a_stock_take_found_small_differences(demo):
    quantities = (
        Movement.objects.for_user(demo)
        .filter(operation__reason=OperationReason.COUNT)
        .values_list("quantity", flat=True)
    )
    assert sorted(quantities) == [1, 1, 2]


def test_both_workers_have_sold_more_than_the_owner(demo):
    sales = Operation.objects.for_user(demo).filter(reason=OperationReason.SALE)
    by_user = dict(sales.values_list("performer__name").annotate(Count("id")))
    assert by_user["helper"] > by_user["trainee"] > by_user["demo"] > 50


def test_loading_it_again_changes_nothing(demo, capsys):
    before = Movement.objects.count()
    call_command("load_demo")
    assert (User.objects.count(), Movement.objects.count()) == (len(DEMO_USERS), before)
    assert capsys.readouterr().out == ""


def test_loading_another_size_changes_nothing(demo, capsys):
    before = Movement.objects.count()
    call_command("load_demo", "--size", "large")
    assert Movement.objects.count() == before
    assert capsys.readouterr().out == "The demo shop exists already: --reset creates it again.\n"


def test_every_printed_user_signs_in_with_the_printed_password(demo, client):
    printed = re.findall(r"^    (\w+) +(\S+)  +\w+ .*$", make_banner(8000), re.MULTILINE)
    assert [name for name, _ in printed] == list(DEMO_USERS)
    for name, password in printed:
        answer = client.post("/api/login/", {"username": name, "password": password})
        assert answer.status_code == 200


def test_support_opens_the_admin(demo, client):
    assert client.login(username="support", password=DEMO_PASSWORD)
    assert client.get("/admin/stock/movement/").status_code == 200


def test_it_has_a_shelf_a_cellar_and_lots_of_which_one_expires_soon(demo):
    assert set(Location.objects.for_user(demo).values_list("name", flat=True)) == {"Shelf", "Cellar"}
    lots = Lot.objects.for_user(demo).in_stock(demo)
    assert lots.count() == 4
    assert lots.filter(expires_on__gt=today(), expires_on__lte=today() + timedelta(days=14)).count() == 1
    assert Holding.objects.for_user(demo).filter(lot=None).exists()


def test_a_sale_has_taken_two_lots(demo):
    sale = Movement.objects.for_user(demo).get(operation__reference="till 9002")
    assert dict(sale.placed.values_list("lot__code", "quantity")) == {"Early": 8, "Late": 2}


def test_it_has_a_draft_and_an_order_of_which_half_has_arrived(demo):
    draft, sent = attach_order_lines(Order.objects.for_user(demo).order_by("id"))
    assert (draft.state, sent.state, sent.is_received) == ("draft", "sent", False)
    assert [line.outstanding > 0 for line in sent.shown] == [True, True, False, False]
    assert draft.supplier != sent.supplier


def test_two_of_its_customers_have_one_name(demo):
    names = list(Customer.objects.for_user(demo).values_list("name", flat=True))
    assert (len(names), len(set(names))) == (6, 5)


def test_its_suppliers_have_lead_times_and_some_sell_packs_alone(demo):
    assert len(set(Supplier.objects.for_user(demo).values_list("lead_days", flat=True))) == 6
    assert Product.objects.for_user(demo).filter(pack_size__gt=1).count() > 100


def test_the_case_of_a_tea_is_scanned_as_twelve_packets(demo):
    sencha = Product.objects.get(sku="TEA-SENCHA")
    found = client_of(demo).get("/api/scan/", {"code": "12000000000036"}).json()
    assert (found["product"]["id"], found["matched"], found["quantity"]) == (sencha.pk, "code", 12)
    assert found["gs1"]["gtin"] == f"1{sencha.barcode[:-1]}6"


def test_a_group_has_two_axes_and_each_variant_a_value_of_both(demo):
    group = Group.objects.for_user(demo).get(name="Breakfast")
    options = list(Profile.objects.filter(group=group).values_list("options", flat=True))
    assert (len(options), group.axes) == (6, ["garden", "pack"])
    assert all(set(one) == set(group.axes) for one in options)


def test_some_of_a_sale_came_back_and_a_part_was_written_off(demo):
    back = Return.objects.for_user(demo).get(sale__reference="till 9002")
    came, lost = (operation.movements.aggregate(Sum("quantity")) for operation in (back.operation, back.scrapped))
    assert (came, lost) == ({"quantity__sum": 3}, {"quantity__sum": 1})


def test_each_product_has_a_rate_of_vat_and_each_sale_its_vat(demo):
    assert dict(Product.objects.for_user(demo).values_list("tax__rate").annotate(Count("id"))).keys() == {10, 20}
    sold = Movement.objects.for_user(demo).filter(operation__reason=OperationReason.SALE, movement_type="OUT")
    assert Sold.objects.filter(owner=demo, rate__gt=0).count() == sold.count()


def test_its_newest_sales_are_paid_in_cash_by_card_in_part_or_later(demo):
    results = client_of(demo).get("/api/sales/", {"page_size": 9}).json()["results"]
    paid = [([payment["kind"] for payment in sale["payments"]], float(sale["due"]) > 0) for sale in results]
    on_account = [([], True)] * 3
    assert paid == [
        *on_account, (["card"], False),
        (["card"], True), (["card"], False), (["cash"], False), ([], True), (["cash", "cash"], False),
    ]  # fmt: skip
    assert Sold.objects.filter(owner=demo, discount__gt=0).count() == 2


def test_it_packs_loose_tea_into_bags_and_spills_some(demo):
    [recipe] = client_of(demo).get("/api/recipes/").json()["results"]
    assert (recipe["makes"], recipe["parts"][0]["amount"], recipe["can_make"] > 0) == (10, "1.000", True)
    bags, tea = client_of(demo).get("/api/reports/makings/").json()["results"]
    assert (bags["quantity"], bags["unit"], tea["quantity"], tea["expected"]) == (20, recipe["unit"], 2010, 2000)
    assert bags["cost"] == tea["cost"] > "0.00"


def test_two_products_have_offers_of_two_and_of_three_suppliers(demo):
    client = client_of(demo)
    numbers = [row["supplier_sku"] for row in client.get("/api/offers/", {"supplier_sku": "tl-blue"}).json()["results"]]
    assert numbers == ["TL-BLUE"]
    [sencha] = Product.objects.for_user(demo).filter(sku="TEA-SENCHA")
    offers = client.get("/api/offers/", {"product": sencha.pk}).json()["results"]
    assert [(row["is_preferred"], row["min_packs"]) for row in offers] == [(True, 1), (False, 1), (False, 2)]


def test_it_has_kits_of_which_one_was_sold(demo):
    kits = client_of(demo).get("/api/kits/").json()["results"]
    assert [(kit["name"], kit["price"], kit["available"] > 0) for kit in kits] == [
        ("Tea for two", "22.50", True), ("Herbs and a sieve", None, True)
    ]  # fmt: skip
    [sold] = client_of(demo).get("/api/reports/kits/").json()["results"]
    assert (sold["sku"], sold["sold"], sold["revenue"]) == ("KIT-TWO", 1, "20.02")  # without VAT


def test_the_first_closing_has_what_was_in_the_drawer_before_and_no_difference(demo):
    [closing] = Closing.objects.filter(owner=demo, till=None)
    assert (closing.opening, closing.counted - closing.expected) == (100, 0)


def test_some_cash_was_missing_when_the_drawer_of_its_till_was_closed(demo):
    closing = Closing.objects.get(owner=demo, till__name="Counter")
    assert (closing.number, closing.document["sales"], closing.counted - closing.expected) == (1, 2, Decimal("-0.20"))
    late = client_of(demo).get("/api/closings/preview/").json()["late"]
    assert [sale["reference"] for sale in late] == ["on account 1"]  # it is recorded late


def test_one_counting_sheet_is_booked_and_one_is_open(demo):
    assert dict(Sheet.objects.for_user(demo).values_list("name", "state")) == {
        "Crockery, autumn": "booked", "Gifts, autumn": "open",
    }  # fmt: skip


def test_one_edit_has_raised_the_prices_of_a_category(demo):
    edits = Change.objects.filter(owner=demo).exclude(edit=None).values("edit").annotate(Count("id"))
    assert [edit["id__count"] > 10 for edit in edits] == [True]


def test_the_rest_of_an_order_by_weight_is_kept(demo):
    kept = Reservation.objects.for_user(demo).exclude(continues=None).get()
    [line] = kept.lines.all()
    assert (kept.customer.name, line.product.unit, line.quantity) == ("Café Quill", "kg", 1000)


@pytest.mark.long
def test_each_page_has_one_primary_button_at_most(demo):
    use_all(demo)
    pages = [*walk(Browser(demo))]
    assert len(pages) > 150
    assert find_crowded(pages) == {}
