"""`python -m testing.programs.statements` prints SQL as it is composed."""

from testing.laws.budgets import list_product_files
from testing.programs.statements import list_statements, main
from testing.tables import all_cases

MODULES = [".".join(path.with_suffix("").parts) for path in list_product_files() if path.name.startswith("sql")]


def test_each_module_of_sql_has_statements():
    assert [module for module in MODULES if not [*list_statements(module, {})]] == []


@all_cases(
    ("arguments", "part"),
    [
        (["UNPAID_OF_SALES"], "SELECT unnest(%(sales)s::bigint[])"),
        (["UNPAID_OF_SALES"], "FROM stock_movement"),  # of a constant in another module
        (["stock.booking.sql.LOTS_THEN"], "AS former"),
        (["SUM_WITH_COST"], "AS expired_value"),  # it is the second name of its line
        (["STEPS"], "-- stock.models.sql_sales.STEPS"),
        (["STEPS"], "-- stock.booking.sql.STEPS[(False, False)][0]"),
        (["build_losses", "by=month"], "NULL::text AS reason"),
        (["write_balances", "is_count=True", "is_placed=False"], "last_counted_at"),
        (["build_account"], "operation.{clock} >= %(end)s"),
    ],
)
def test_prints_a_statement_whole(capsys, arguments, part):
    assert main(*arguments) == 0
    assert part in capsys.readouterr().out


def test_fails_if_nothing_has_the_name(capsys):
    assert main("ZORKMIDS") == 1
    assert capsys.readouterr().out == "No module of the product has a statement ZORKMIDS.\n"
