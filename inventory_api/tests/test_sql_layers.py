"""The statements of models and services name only tables of their app and of apps below it."""

from testing.laws.layers import read_law
from testing.laws.sql_layers import APP_OF_TABLE, find_upper_tables, find_violations
from testing.tables import all_cases

LAW = read_law()


def test_no_statement_of_models_and_services_names_a_table_of_an_app_above():
    assert find_violations(LAW) == []


@all_cases(
    ("module", "table"),
    [
        ("products.querysets", "stock_lot"),
        ("stock.booking.locks", "reservations_reservationline"),
        ("stock.importing.table", "purchasing_order"),
    ],
)
@all_cases("use", ["SELECT id FROM {}", "FROM x JOIN {} AS y", "UPDATE {} SET", 'INSERT INTO "{}"'])
def test_a_table_of_an_app_above_is_found(module, table, use):
    assert find_upper_tables(LAW, module, use.format(table)) == [table]


@all_cases("table", ["stock_lot", "products_product", "users_user", "django_session"])
def test_the_tables_of_the_own_app_and_of_apps_below_are_allowed(table):
    assert find_upper_tables(LAW, "stock.booking.sql", f"SELECT FROM {table}") == []


def test_the_tables_of_all_ordered_apps_are_known():
    assert {"users", "records.events", "products", "stock", "trade.reservations", "trade.purchasing"} <= set(
        APP_OF_TABLE.values()
    )
