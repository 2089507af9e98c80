"""The cases in which the product is compared with its references, with their goals."""

from benchmarks.contenders import Contenders
from benchmarks.rounds import Case, Goal, Run
from testing.serving import PASSWORD

PRODUCT, BARE, PLAIN_DRF, DATABASE_ALONE = "product", "bare WSGI server", "plain DRF", "database alone"
SPREAD = 1000
LINES = 100


def make_cases(contenders: Contenders) -> list[Case]:
    return [
        movement_case(contenders, "One movement, spread over 1,000 products", SPREAD, Goal(PRODUCT, PLAIN_DRF, 6)),
        movement_case(contenders, "One movement, one hot product", 1),
        read_case(
            contenders,
            "A page of 50 of 10,000 products, with the total count",
            "list",
            "/api/products/?page_size=50",
            1.0,
        ),
        read_case(contenders, "The dashboard of 10,000 products", "dashboard", "/api/dashboard/", 0.9),
        operation_case(contenders),
        sign_in_case(contenders),
    ]


def movement_case(contenders: Contenders, title: str, products: int, *goals: Goal) -> Case:
    """Return a case that books movements of the first `products` products of each shop."""

    def product_range(first: str) -> dict[str, str]:
        return {"FIRST": first, "LAST": str(int(first) + products - 1)}

    product_ids, plain_ids = (
        product_range(contenders.product.variables["FIRST"]),
        product_range(contenders.plain.variables["FIRST"]),
    )
    return Case(
        title,
        [
            Run(contenders.product, "/api/stock/", "move", product_ids, PRODUCT),
            Run(contenders.bare, "/api/stock/", "move", product_ids, BARE),
            Run(contenders.plain, "/api/stock/", "move", plain_ids, PLAIN_DRF),
            Run(contenders.alone, "", "movement", product_ids, DATABASE_ALONE),
        ],
        [Goal(PRODUCT, BARE, 1.0), *goals],
    )


def read_case(contenders: Contenders, title: str, script: str, path: str, at_least: float) -> Case:
    return Case(
        title,
        [
            Run(contenders.product, path, "read", {}, PRODUCT),
            Run(contenders.bare, path, "read", {}, BARE),
            Run(contenders.plain, path, "read", {}, PLAIN_DRF),
            Run(contenders.alone, "", script, {}, DATABASE_ALONE),
        ],
        [Goal(PRODUCT, BARE, at_least)],
    )


def operation_case(contenders: Contenders) -> Case:
    """Return a case whose rates are lines per second."""
    single = {"FIRST": contenders.product.variables["FIRST"]}
    single["LAST"] = str(int(single["FIRST"]) + SPREAD - 1)
    together = "operations of 100 lines"
    return Case(
        "Operations of 100 lines, in lines per second",
        [
            Run(contenders.product, "/api/stock/operations/", "operation", single, together, LINES),
            Run(contenders.product, "/api/stock/", "move", single, "single movements"),
        ],
        [Goal(together, "single movements", 5)],
    )


def sign_in_case(contenders: Contenders) -> Case:
    """Return a case in which the bare server only checks the password and signs a token."""
    credentials = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    return Case(
        "Signing in",
        [
            Run(contenders.product, "/api/login/", "sign_in", credentials, PRODUCT),
            Run(contenders.bare, "/api/login/", "sign_in", credentials, "the password hash alone"),
        ],
        [Goal(PRODUCT, "the password hash alone", at_most_cpu=1.1)],
    )
