"""The cases in which the product is compared with its references, with their goals."""

from benchmarks.contenders import BARE, PRODUCT, Contender, Contenders
from benchmarks.peers import FASTAPI
from benchmarks.rounds import Case, Goal, Run
from testing.servers.serving import PASSWORD

SPREAD = 1000
LINES = 100
TIMES_BARE_CPU = 1.6


def make_cases(contenders: Contenders) -> list[Case]:
    return [
        movement_case(contenders, "One movement, spread over 1,000 products", SPREAD),
        movement_case(contenders, "One movement, one hot product", 1),
        read_case(contenders, "A page of 50 of 10,000 products, with the total count", "/api/products/?page_size=50"),
        newest_movements_case(contenders),
        read_case(contenders, "The dashboard of 10,000 products", "/api/dashboard/"),
        operation_case(contenders),
        sign_in_case(contenders),
    ]


def goals_of_all(contenders: Contenders) -> list[Goal]:
    """Return the goals that the product takes little more than the bare server, and no more than FastAPI if it runs."""
    peers = [other.name for other in contenders.references if other.name == FASTAPI]
    return [
        Goal(PRODUCT, BARE, at_most_cpu=TIMES_BARE_CPU),
        *(Goal(PRODUCT, name, at_most_cpu=1.0) for name in peers),
        *(Goal(PRODUCT, name, at_least=1.0) for name in peers),
    ]


def product_range(contender: Contender, products: int) -> dict[str, str]:
    """Return the variables that restrict a script to the first products of the contender's shop."""
    first = contender.variables["FIRST"]
    return {"FIRST": first, "LAST": str(int(first) + products - 1)}


def movement_case(contenders: Contenders, title: str, products: int) -> Case:
    """Return a case that books movements of the first `products` products of each shop."""
    servers = [*contenders.products, *contenders.references]
    runs = [Run(each, "/api/stock/", "move", product_range(each, products)) for each in servers]
    return Case(title, runs, goals_of_all(contenders))


def read_case(contenders: Contenders, title: str, path: str) -> Case:
    runs = [Run(each, path, "read", {}) for each in [*contenders.products, *contenders.references]]
    runs.append(Run(contenders.product, path, "read", {"ENCODING": "gzip"}, f"{PRODUCT}, compressed"))
    return Case(title, runs, goals_of_all(contenders))


def newest_movements_case(contenders: Contenders) -> Case:
    """Return a case without FastAPI, which has no list of movements."""
    runs = [Run(each, "/api/stock/?page_size=50", "read", {}) for each in [*contenders.products, contenders.bare]]
    return Case("The page of the newest 50 movements", runs, [Goal(PRODUCT, BARE, at_most_cpu=TIMES_BARE_CPU)])


def operation_case(contenders: Contenders) -> Case:
    """Return a case whose rates are lines per second."""
    runs = []
    for each in contenders.products:
        own, suffix = product_range(each, SPREAD), each.name.removeprefix(PRODUCT)
        runs.append(Run(each, "/api/stock/operations/", "operation", own, f"operations of 100 lines{suffix}", LINES))
        runs.append(Run(each, "/api/stock/", "move", own, f"single movements{suffix}"))
    goal = Goal("operations of 100 lines", "single movements", 5)
    return Case("Operations of 100 lines, in lines per second", runs, [goal])


def sign_in_case(contenders: Contenders) -> Case:
    """Return a case in which the bare server only checks the password and signs a token."""
    credentials = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    return Case(
        "Signing in",
        [
            *(Run(each, "/api/login/", "sign_in", credentials) for each in contenders.products),
            Run(contenders.bare, "/api/login/", "sign_in", credentials, "the password hash alone"),
        ],
        [Goal(PRODUCT, "the password hash alone", at_most_cpu=1.1)],
    )
