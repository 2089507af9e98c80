"""Where the pages of the support desk have the rows of a model. The model's admin declares it."""

from dataclasses import dataclass

# The groups of the front page, in their order.
GROUPS = PEOPLE, GOODS, BOOKED, PLACES, ORDERED, COUNTED, PROGRAMS, SERVICE = (
    "People and access", "Goods", "What was booked", "Where it lies", "Ordered and reserved", "Counted",
    "Other programs", "The service",
)  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """The place of a model's list on the front page, and what other pages have of its rows."""

    group: str
    after: str = ""  # the label of the model whose list is before this one in the group
    title: str = ""  # the default is the plural name of the model
    of_account: bool = False  # whether the page of an account leads to the list
    counted: str = ""  # the title under which the page of an account counts the rows that `select_counted` returns
    found: str = ""  # the title under which the search has the rows that `find` returns
