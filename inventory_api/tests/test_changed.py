"""`make test-changed` runs the tests that an edit reaches, and `python -m testing.programs.why` says why."""

from testing.programs.changed import OWN_ROOM, READS, explain, list_tests
from testing.tables import all_cases


@all_cases(
    ("file", "test", "reason"),
    [
        ("trade/kits/services.py", "trade/kits/tests/test_kits.py", OWN_ROOM),
        ("trade/selling/money.py", "suppliers/tests/test_crud.py", None),
        ("trade/selling/sold.py", "trade/selling/tests/test_returns.py", OWN_ROOM),
        ("trade/sales/templates/sales/receipt.html", "trade/sales/tests/test_receipts.py", OWN_ROOM),
        ("core/files/numbers.py", "core/tests/test_table_numbers.py", OWN_ROOM),
        (
            "core/files/numbers.py",
            "products/filing/tests/test_cells.py",
            "products/filing/surveys.py of its room imports the file",
        ),
        ("testing/servers/live.py", "inventory_api/tests/test_ci.py", "it imports the file, or a helper that does"),
        ("testing/servers/live.py", "trade/selling/tests/test_returns.py", None),
        ("stock/tests/conftest.py", "stock/tests/test_booking.py", "its fixtures are in the file"),
        ("suppliers/tests/test_crud.py", "suppliers/tests/test_crud.py", "it is the file itself"),
        ("README.md", "suppliers/tests/test_crud.py", None),
        ("README.md", "inventory_api/tests/test_ci.py", READS),
        ("Makefile", "inventory_api/tests/test_ci.py", READS),
        ("Makefile", "suppliers/tests/test_crud.py", None),
        (".ci/run", "inventory_api/tests/test_ci.py", READS),
        ("deploy/nginx.conf", "inventory_api/tests/test_deployment.py", READS),
        ("docs/operating.md", "inventory_api/tests/test_documentation.py", READS),
        ("docs/de/first-day.md", "inventory_api/tests/test_guides.py", READS),
        ("docs/operating.md", "suppliers/tests/test_crud.py", None),
        ("trade/tills/tests/money_vectors.json", "trade/tills/tests/test_money_vectors.py", READS),
    ],
)
def test_an_edit_reaches_its_room_and_what_imports_it(file, test, reason):
    assert explain(file).get(test) == reason


@all_cases("file", ["conftest.py", "testing/cast/people.py", "testing/plugins/tiers.py", "inventory_api/settings.py"])
def test_what_all_tests_share_reaches_all(file):
    assert set(explain(file)) == set(list_tests())
