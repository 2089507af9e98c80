"""What is measured against the references, and the goals."""

from benchmarks.contenders import Arena
from benchmarks.rounds import Case, Goal, Run
from testing.serving import PASSWORD

PRODUCT, BARE, PLAIN, ALONE = "product", "bare WSGI server", "plain DRF", "database alone"
SPREAD = 1000
LINES = 100


def cases(arena: Arena) -> list[Case]:
    return [
        movements(arena, "One movement, spread over 1,000 products", SPREAD, Goal(PRODUCT, PLAIN, 6)),
        movements(arena, "One movement, one hot product", 1),
        reading(arena, "A page of 50 of 10,000 products, with their count", "list", "/api/products/?page_size=50", 1.0),
        reading(arena, "The dashboard of 10,000 products", "dashboard", "/api/dashboard/", 0.9),
        operations(arena),
        sign_ins(arena),
    ]


def movements(arena: Arena, title: str, products: int, *goals: Goal) -> Case:
    """The same products all the time: the first ones."""

    def among(first: str) -> dict[str, str]:
        return {"FIRST": first, "LAST": str(int(first) + products - 1)}

    mine, theirs = among(arena.product.variables["FIRST"]), among(arena.plain.variables["FIRST"])
    return Case(
        title,
        [
            Run(arena.product, "/api/stock/", "move", mine, PRODUCT),
            Run(arena.bare, "/api/stock/", "move", mine, BARE),
            Run(arena.plain, "/api/stock/", "move", theirs, PLAIN),
            Run(arena.alone, "", "movement", mine, ALONE),
        ],
        [Goal(PRODUCT, BARE, 1.0), *goals],
    )


def reading(arena: Arena, title: str, script: str, path: str, at_least: float) -> Case:
    return Case(
        title,
        [
            Run(arena.product, path, "read", {}, PRODUCT),
            Run(arena.bare, path, "read", {}, BARE),
            Run(arena.plain, path, "read", {}, PLAIN),
            Run(arena.alone, "", script, {}, ALONE),
        ],
        [Goal(PRODUCT, BARE, at_least)],
    )


def operations(arena: Arena) -> Case:
    """Rates are lines a second."""
    single = {"FIRST": arena.product.variables["FIRST"]}
    single["LAST"] = str(int(single["FIRST"]) + SPREAD - 1)
    together = "operations of 100 lines"
    return Case(
        "An operation of 100 lines, in lines",
        [
            Run(arena.product, "/api/stock/operations/", "operation", single, together, LINES),
            Run(arena.product, "/api/stock/", "move", single, "single movements"),
        ],
        [Goal(together, "single movements", 5)],
    )


def sign_ins(arena: Arena) -> Case:
    """The bare server checks the password and signs a token, and nothing else."""
    credentials = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    return Case(
        "Signing in",
        [
            Run(arena.product, "/api/login/", "sign_in", credentials, PRODUCT),
            Run(arena.bare, "/api/login/", "sign_in", credentials, "the hash alone"),
        ],
        [Goal(PRODUCT, "the hash alone", at_most_cpu=1.1)],
    )
