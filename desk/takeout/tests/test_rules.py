"""Each column has a rule: what no writer of the service stores is not imported."""

import pytest
from django.core.management import call_command
from django.db import models

from core.shop_apps import collect_from_modules
from desk.takeout.columns import list_shop_tables
from desk.takeout.importing.archive import NOT_IMPORTED, ImportedArchive, RowReader
from desk.takeout.importing.rules import find_rule, obeys
from desk.takeout.importing.survey import Survey, find_json_rules
from desk.takeout.tests.conftest import alter, export, refuse
from records.history.arrivals import is_history
from records.history.models.changes import list_tracked
from testing.tables import all_cases
from users.models import User

LONG_TEXT = "x" * 10_001
# Wrong values by column, and one that is right.
WRONG = {
    "users_user.username": (["", "a b", "ali\u0441e", "\uff41lice", "a/b", "x" * 151, 7, ["alice"], "a\0"], "alice"),
    "users_user.email": (["alice", "a@b", "alice@example.org\n", "@"], "alice@example.org"),
    "users_user.role": (["", "admin", "OWNER", 1], "owner"),
    "users_user.time_zone": (["", "Mars/Phobos", "europe/vienna", "../../etc/passwd"], "Europe/Vienna"),
    "users_user.currency": (["XYZ", "eur", "EURO"], "EUR"),
    "users_user.language": (["tlh", "EN", "de "], "de"),
    "users_user.is_active": ([1, "true", "t", []], True),
    "users_user.token_version": ([-1, 2**31, True, "1", 1.5], 0),
    "users_user.erased_at": (["2199-01-01T00:00:00+00:00", "infinity"], "2026-01-01T00:00:00+00:00"),
    "users_user.employer_id": ([0, -1, "1", 2**62, True, 1.0], 1),
    "users_apikey.networks": (["{}", [1], ["x" * 46], ["10.0.0.0/24"] * 101, [["a"]]], ["10.0.0.0/24"]),
    "stock_operation.occurred_at": (
        ["infinity", "-infinity", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-12:00", "2026-01-01T00:00:00", 0,
         "2026-01-01", "2026-13-01T00:00:00+00:00", "now", "20000-01-01T00:00:00+00:00"],
        "2026-01-01T00:00:00.5+00:00"),
    "reservations_reservationline.reserved_until": (["9999-12-31T00:00:01+00:00"], "9999-12-31T00:00:00+00:00"),
    "products_product.expiration_date": (["infinity", "tomorrow", "2026-02-30", "0044-03-15 BC", 7], "2026-02-28"),
    "products_product.price": (["NaN", "Infinity", "1e5", "1.234", "12345678901.00", "", "-", 1, " 1"], "10.00"),
    "products_product.quantity": ([2**63, -(2**63) - 1, 1.0, "7", True, None], 10),
    "products_product.name": (
        ["", "\u200b", "a\nb", "a\u202eb", "x" * 256, "e" + "\u0301" * 31, {"name": "x"}], "Caf\xe9 au lait"),
    "products_product.description": ([LONG_TEXT, "a\u202eb", "a\x07b"], "a\n\tb"),
    "events_event.type": (["moon.risen", "", "operation.booked "], "operation.booked"),
    "history_change.kind": (["moon", ""], "product"),
    "history_change.row_id": ([-1, 2**63, "1"], 1),
    "stock_seal.digest": (["x", "\\x0", "\\xZZ", "0123", 7], "\\x00ff"),
    "stock_seal.shift": ([-(2**62), 2**62, "0"], -1_000_000),
    "tills_till.booked": (["{(,)}", "{[1,)}", "{[1,5)", "[1,5)", "{[1,1000002)}", "{[-1,5)}", []], "{[1,5)}"),
    "events_deliveryattempt.answer": ([LONG_TEXT, "\0", 7], "a\x07b"),
}  # fmt: skip
NO_OBJECTS = ["text", 7, [], [1], True, "{}"]


def list_fields():
    return {f"{table.name}.{field.column}": field for table in list_shop_tables() for field in table.fields}


@pytest.mark.quick
@pytest.mark.whole
@pytest.mark.parametrize("name", WRONG)
def test_a_column_refuses_what_no_writer_stores(name):
    field = list_fields()[name]
    wrong, right = WRONG[name]
    rule = find_rule(name.partition(".")[0], field)
    assert [value for value in wrong if value is not None and obeys(rule, value)] == []
    assert obeys(rule, right)


def test_every_column_has_a_rule():
    fields = list_fields()
    assert all(find_rule(name.partition(".")[0], field) for name, field in fields.items())
    assert fields.keys() >= {*WRONG, *collect_from_modules("arrivals", "FURTHER_RULES")}


def test_a_class_of_fields_without_a_rule_is_an_error():
    field = models.DurationField()
    field.set_attributes_from_name("age")
    with pytest.raises(TypeError, match="DurationField has no rule"):
        find_rule("stock_lot", field)


@pytest.mark.quick
@all_cases(("table", "column"), [("history_change", "by"), ("history_change", "row_id"), ("stock_performer", "till")])
def test_an_id_that_is_no_foreign_key_is_moved(table, column):
    [found] = [one for one in list_shop_tables() if one.name == table]
    assert RowReader(found, 100).convert(column, 7) == 107


@pytest.mark.quick
def test_the_ids_in_the_query_of_a_view_are_moved():
    [found] = [one for one in list_shop_tables() if one.name == "saved_savedview"]
    moved = RowReader(found, 100).convert("query", "category__in=1%2C2&customer=3&days=30")
    assert moved == "category__in=101%2C102&customer=103&days=30"


RULES = {table.name: find_json_rules(table) for table in list_shop_tables() if table.name not in NOT_IMPORTED}
RULED = {(table, column) for table, rules in RULES.items() for column in rules}


def test_every_json_column_has_a_rule():
    columns = {
        (table.name, field.column)
        for table in list_shop_tables() for field in table.fields
        if isinstance(field, models.JSONField) and table.name not in NOT_IMPORTED
    }  # fmt: skip
    assert columns == RULED


LEVEL = {"type": "stock.low", "operation": 1, "product": 7}
ROW = {"line": 2, "column": "name", "reason": "wrong", "cell": "x"}
SCALE = {"prefix": "23", "digits": 5, "places": 3, "holds": "weight"}
LATE = {"operation": 7, "reference": "till 1 #4", "occurred_at": "2026-01-01T10:00:00Z", "total": "4.00"}
TAX = {"rate": "19.00", "net": "100.00", "tax": "19.00", "gross": "119.00"}
PAID = {"kind": "cash", "received": "9.00", "refunded": "0.00", "amount": "9.00"}
FIGURES = {
    "sales": 2, "total": "119.00", "returns": 0, "discounts": "0.00", "returned": "0.00", "taxes": [TAX],
    "payments": [PAID], "cash_in": "1.00", "cash_out": "0.00", "late_count": 1, "late": [LATE],
}  # fmt: skip
# Rows with wrong JSON, and then rows with right JSON, by table and column.
JSON = {
    ("history_change", "changes"): (
        [{"changes": value} for value in (
            *NO_OBJECTS, {}, None, {"name": ["Pot"]}, {"name": ["Pot", "Pan"], "price": 7}, {"created": [None, []]},
            {f"field_{number}": [1, 2] for number in range(101)}, {"name": ["Pot", LONG_TEXT]},
        )],
        [{"changes": value} for value in (
            {"name": ["Pot", "Pan"]}, {"archived": [False, True]}, {"supplier": [None, {"id": 7, "name": "Mill"}]},
            {"codes": [[], [{"code": "X", "quantity": 6}]]}, {"scale_codes": [[], [SCALE]]},
            {"created": [None, {"name": "Pot", "lead_days": 7}]},
            {"email": [None, None]},
        )],
    ),
    ("events_event", "data"): (
        [{**LEVEL, "data": value} for value in (*NO_OBJECTS, None, {}, {"quantity": 4}, {"quantity": 4.5})]
        + [{**LEVEL, "data": {"quantity": 4, "min_threshold": 5, "note": ""}}]
        + [{**LEVEL, "data": {"quantity": 2**63, "min_threshold": 5}}]
        + [{"type": "operation.booked", "operation": None, "product": None, "data": None}]
        + [{"type": "operation.booked", "operation": 7, "product": None, "data": "text"}]
        + [{"type": "moon.risen", "operation": None, "product": None, "data": None}],
        [{**LEVEL, "data": {"quantity": 4, "min_threshold": 5}},
         {"type": "operation.booked", "operation": 7, "product": None, "data": None},
         {"type": "order.received", "operation": None, "product": None,
          "data": {"order": 3, "operation": 7, "quantity": 2}}],
    ),
    ("events_webhook", "types"): (
        [{"types": value} for value in ("stock.low", {}, None, 7, ["moon.risen"], [["stock.low"]], [None])],
        [{"types": []}, {"types": ["stock.low", "order.sent"]}],
    ),
    ("products_profile", "options"): (
        [{"options": value} for value in (
            *NO_OBJECTS, None, {"size": 7}, {"size": ""}, {"size": None}, {"size": "x" * 61}, {"x" * 41: "S"},
            {"size": " S"}, {" size": "S"}, {"si\nze": "S"}, {"": "S"}, {"a": "1", "b": "2", "c": "3", "d": "4"},
        )],
        [{"options": value} for value in ({}, {"size": "S", "Farbe": "rot"})],
    ),
    ("products_profile", "fields"): (
        [{"fields": value} for value in (
            *NO_OBJECTS, None, {"brand": 7}, {"brand": ""}, {"brand": None}, {"Brand": "x"}, {"brand": "x" * 501},
            {"brand": ["x"]}, {"brand": "a\u202eb"}, {f"f{number}": "x" for number in range(1001)},
        )],
        [{"fields": value} for value in ({}, {"brand": "Acme", "vegan": False, "weight": "1.5"})],
    ),
    **{
        (table, "metadata"): (
            [{"metadata": value} for value in (
                *NO_OBJECTS, None, {"a": 7}, {"a": ""}, {"A": "x"}, {"a": "x" * 501}, {"a": "\0"},
                {"x" * 41: "x"}, {f"f{number}": "x" for number in range(21)},
            )],
            [{"metadata": value} for value in ({}, {"shop.id": "7"})],
        )
        for table, column in RULED if column == "metadata"
    },
    ("sheets_sheet", "selection"): (
        [{"selection": value} for value in (
            *NO_OBJECTS, None, {"products": 7}, {"products": ["7"]}, {"category": "7"}, {"moon": 1},
            {"not_counted_since": "infinity"}, {"not_counted_since": 7},
        )],
        [{"selection": value} for value in (
            {}, {"category": 7}, {"supplier": 7, "products": [1]}, {"not_counted_since": "2026-01-01T00:00:00+00:00"},
        )],
    ),
    ("sheets_sheet", "tolerance"): (
        [{"tolerance": value} for value in (
            *NO_OBJECTS, {"units": "1"}, {"units": -1}, {"percent": "NaN"}, {"percent": "101"}, {"percent": 2},
            {"percent": "1e2"}, {"units": 1, "moon": 1},
        )],
        [{"tolerance": value} for value in (None, {}, {"units": 1, "percent": "2.00"}, {"percent": "100"})],
    ),
    ("purchasing_pricelist", "created_products"): (
        [{"created_products": value} for value in (None, {}, "1", ["1"], [[1]], [-1])],
        [{"created_products": []}, {"created_products": [1, 2]}],
    ),
    ("stock_import", "created"): (
        [{"created": value} for value in (*NO_OBJECTS, {}, {"products": [1], "moons": []}, {"products": ["1"]})],
        [{"created": value} for value in (None, {"products": []}, {"products": [1], "categories": [2], "groups": [3]})],
    ),
    ("stock_import", "refusal"): (
        [{"refusal": value} for value in (
            *NO_OBJECTS, {}, {"detail": "x", "total": 1}, {"detail": "x", "total": 1, "rows": [{}]},
            {"detail": "x", "total": 1, "rows": [{**ROW, "line": "2"}]}, {"detail": 7, "total": 1, "rows": []},
            {"detail": "x", "total": 1, "rows": [ROW] * 21},
        )],
        [{"refusal": None}, {"refusal": {"detail": "x", "total": None, "rows": []}},
         {"refusal": {"detail": "x", "total": 1, "rows": [ROW]}}],
    ),
    ("users_user", "uses"): (
        [{"uses": value} for value in (
            None, {}, "lots on", [7], ["moons on"], ["lots auto"], ["payments on"], ["lots on", "lots off"],
        )],
        [{}, {"uses": []}, {"uses": ["lots off", "kits on"]}],
    ),
    ("users_user", "scale_codes"): (
        [{"scale_codes": value} for value in (
            None, {}, "23", ["23"], [{**SCALE, "prefix": 23}], [{**SCALE, "digits": "5"}], [{**SCALE, "digits": 8}],
            [SCALE, SCALE], [{**SCALE, "more": 1}], [{"prefix": "23", "digits": 5, "places": 3}],
            [{**SCALE, "prefix": str(number)} for number in range(20, 41)],
        )],
        [{}, {"scale_codes": []}, {"scale_codes": [SCALE, {**SCALE, "prefix": "24", "places": 2, "holds": "price"}]}],
    ),
    ("users_user", "tiles"): (
        [{"tiles": value} for value in (
            None, {}, [7], [{}], [{"product": "7"}], [{"product": 7, "kit": 7}], [{"pot": 7}], [{"kit": 7}] * 25,
        )],
        [{}, {"tiles": []}, {"tiles": [{"product": 7}, {"kit": 7}]}],
    ),
    ("invoices_invoice", "document"): (
        [{"document": document} for document in ([], {}, {"number": 7}, {"note": "x"}, "2026-000001")],
        [{"document": {"number": "2026-000001", "lines": []}}],
    ),
    ("closings_closing", "document"): (
        [{"document": value} for value in (
            *NO_OBJECTS, {**FIGURES, "more": 1}, {**FIGURES, "total": 12}, {**FIGURES, "late": [7]},
            {**FIGURES, "payments": [{**PAID, "amount": 9}]}, {**FIGURES, "tips": [{"kind": "card"}]},
            {**FIGURES, "taxes": [{"rate": "19.00"}]}, {**FIGURES, "late": [{**LATE, "operation": 0}]},
            {**FIGURES, "taxes": [{**TAX, "rate": "119.00"}]}, {name: FIGURES[name] for name in ("late", "taxes")},
        )],
        [{"document": FIGURES}, {"document": {**FIGURES, "tips": [{"kind": "card", "amount": "1.00"}]}},
         {"document": {**FIGURES, "late": [], "taxes": [{**TAX, "rate": None}]}}],
    ),
    ("quotes_quote", "taxes"): (
        [{"taxes": value} for value in ({}, [1], [{"rate": 20}], [{"net": "x"}], [{"other": "1.00"}])],
        [{"taxes": []}, {"taxes": [{"rate": None, "category": "S", "net": "1.00", "tax": "0.00", "gross": "1.00"}]}],
    ),
    ("tills_drop", "sale"): (
        [{"sale": value} for value in (*NO_OBJECTS, {"note": "x" * 100_000})],
        [{"sale": None}, {"sale": {"lines": [{"id": 10**16}]}}],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("table", "column"), sorted(JSON))
def test_json_has_the_form_in_which_it_is_written(table, column):
    wrong, right = JSON[table, column]
    rule = RULES[table][column]
    assert [row for row in wrong if obeys(rule, row)] == []
    assert [row for row in right if not obeys(rule, row)] == []
    assert JSON.keys() == RULED


def test_the_history_has_every_setting_that_a_shop_can_have():
    [_, recorded] = list_tracked(User)
    lists = {field.name for field in User._meta.fields if isinstance(field, models.JSONField)} & {*recorded.names}
    assert lists == {"uses", "scale_codes", "tiles"}
    changes = [{name: [[], row[name]]} for name in lists for row in JSON["users_user", name][1] if name in row]
    assert [one for one in changes if not is_history(one)] == []


@pytest.mark.django_db(transaction=True)
def test_the_rules_are_applied_to_the_rows_of_a_file(alice, kettle):
    file = export(alice)
    for table, column, value in (
        ("users_user", "time_zone", "Mars/Phobos"),
        ("products_product", "name", "Ket\ntle"),
        ("products_product", "pack_size", None),
        ("history_change", "changes", {"name": "Pot"}),
        ("events_event", "data", {"quantity": 1}),
        ("events_event", "data", ["x" * 100]),
    ):
        quoted = repr(value) if len(repr(value)) <= 40 else f"{repr(value)[:40]}…"
        said = refuse(alter(file, table, **{column: value}))
        assert said.startswith(f"{table}, row ")
        assert said.endswith(f": {quoted} is no {column}.")


@pytest.mark.django_db(transaction=True)
def test_an_event_that_names_a_missing_row_or_is_beyond_the_feed_is_refused(alice, kettle):
    file = export(alice)
    assert "names what is not there: product" in refuse(alter(file, "events_event", product=kettle.pk + 10**6))
    assert "names what is not there: position 2" in refuse(alter(file, "events_feedhead", position=1))


@pytest.mark.long  # test_every_get.py imports a shop with rows of every model
@pytest.mark.django_db(transaction=True)
def test_all_rows_of_the_demo_shop_obey_the_rules():
    call_command("load_demo")
    owner = User.objects.owners().get()
    survey = Survey(ImportedArchive(export(owner)))
    assert survey.rows > 1000
