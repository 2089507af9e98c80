"""What the product weighs stays within testing/laws/budgets.toml."""

import ast
from pathlib import Path

import pytest

from products.filing.tests.importing import import_file
from testing.cast.people import make_product
from testing.laws import budgets

BUDGETS = budgets.read_budgets()
ADVICE = "make something else smaller, or raise it in testing/laws/budgets.toml with a reason"
FILE = "name,sku,price,quantity,category\n" + "".join(
    f"P{row},S{row},1.50,{row + 5},C{row % 5}\n" for row in range(200)
)


def find_exceeded(counts, most):
    return [
        f"{name} is {counts[name]}, and its budget {most[name]}: {ADVICE}" for name in most if counts[name] > most[name]
    ]


def test_the_code_stays_within_its_budgets():
    counts = budgets.count_code()
    assert counts.keys() == BUDGETS["code"].keys()
    assert find_exceeded(counts, BUDGETS["code"]) == []


def test_each_raise_has_a_reason():
    for one in BUDGETS.get("raised", []):
        assert one["from"] < one["to"]
        assert len(one["why"].split()) > 3


def test_a_folder_with_too_many_modules_is_a_hall():
    files = [
        Path(f"testing/cast/{name}{number}.py") for name in ("shop", "test_shop") for number in range(budgets.HALL)
    ]
    assert budgets.find_halls(files) == []
    assert budgets.find_halls([*files, Path("testing/cast/people.py")]) == [Path("testing/cast")]


def test_a_circle_of_imports_is_found():
    assert budgets.find_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [{"b", "c"}]


def test_an_import_for_types_counts_as_one_and_so_does_one_within_a_function():
    texts = {"a": "def y():\n    from b import y", "b": "if TYPE_CHECKING:\n    from a import x"}
    trees = {Path(f"{name}.py"): ast.parse(text) for name, text in texts.items()}
    assert budgets.read_imports(trees) == {"a": {"b"}, "b": {"a"}}


def test_a_text_that_names_a_module_counts_as_an_import():
    paths = [Path("core/files/documents.py"), Path("core/files/pdf.py")]
    trees = dict(zip(paths, map(ast.parse, ['import_module("core.files.pdf")', ""]), strict=True))
    assert budgets.read_imports(trees) == {"core.files.documents": {"core.files.pdf"}, "core.files.pdf": set()}


@pytest.mark.django_db
def test_requests_enter_no_more_than_their_budgets(as_alice, alice):
    product = make_product(alice)
    requests = {
        "POST /api/stock/": lambda: as_alice.post(
            "/api/stock/", {"product": product.pk, "movement_type": "IN", "quantity": 2}
        ),
        "GET /api/products/?page_size=50": lambda: as_alice.get("/api/products/?page_size=50"),
        "GET /api/stock/": lambda: as_alice.get("/api/stock/"),
        "GET /api/dashboard/": lambda: as_alice.get("/api/dashboard/"),
        "import of 200 rows": lambda: import_file(as_alice, FILE),
        "page of products": lambda: as_alice.get("/api/products/", headers={"accept": "text/html"}),
    }
    assert requests.keys() == BUDGETS["ways"].keys()
    import_file(as_alice, FILE)
    exceeded = []
    for name, request in requests.items():
        request()
        way, most = budgets.count_way(request), BUDGETS["ways"][name]
        exceeded += find_exceeded(way._asdict(), dict(zip(way._fields, most, strict=True)))
    assert exceeded == []
