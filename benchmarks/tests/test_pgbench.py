import pytest

from benchmarks.references import bare_sql, pgbench

pytestmark = pytest.mark.check


def test_parameters_become_variables():
    assert pgbench.with_variables("SELECT %s, %s", "owner", "product") == "SELECT :owner, :product;\n"


def test_no_script_has_a_parameter_without_variable():
    assert all("%s" not in script for script in pgbench.SCRIPTS.values())


def test_a_movement_sends_the_bare_servers_statements_in_one_transaction():
    five = [bare_sql.USER, bare_sql.LOCK, bare_sql.OPERATION, bare_sql.BALANCE, bare_sql.MOVEMENT]
    sent = pgbench.MOVEMENT.count(" \\gset\n") + pgbench.MOVEMENT.count(";\n")
    assert sent == len(["BEGIN", *five, "COMMIT"])
