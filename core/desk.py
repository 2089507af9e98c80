"""How the support desk lists the rows of a model. The admin of the model declares it."""

from dataclasses import dataclass

# The groups on the front page of the support desk, in order.
GROUPS = PEOPLE, GOODS, BOOKED, PLACES, ORDERED, COUNTED, PROGRAMS, SERVICE = (
    "People and access", "Goods", "What was booked", "Where it lies", "Ordered and reserved", "Counted",
    "Other programs", "The service",
)  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """The place of a model's list on the front page, and the titles of its rows on other pages."""

    group: str
    after: str = ""  # the label of the previous model in the group
    title: str = ""  # the title of the list; the default is the plural name of the model
    of_account: bool = False  # whether the page of an account links to the list
    counted: str = ""  # the title of the rows from select_counted() on the page of an account; empty to count none
    found: str = ""  # the title of the rows from find() in the search; empty to search none
