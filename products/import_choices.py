"""What an import does with what files of other systems often have: parameters of programs, and choices on the page."""

from dataclasses import dataclass, replace

REFUSE, ZERO, IGNORE, KEEP, SKIP, AMOUNTS, SET, ADD, LEAVE = (
    "refuse", "zero", "ignore", "keep", "skip", "amounts", "set", "add", "leave",
)  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """The values of the parameters. An empty one was not given."""

    no_price: str = ""
    below_zero: str = ""
    unknown: str = ""
    wrong_rows: str = ""
    fractions: str = ""
    quantities: str = ""
    is_moving: bool = False  # the values that are not given are those of MOVING, unless the file is one of this service

    def settle(self, *, is_own: bool) -> "Choices":
        """Return the choices with a value for each parameter that was not given."""
        default = MOVING if self.is_moving and not is_own else CAREFUL
        return replace(default, **{name: value for name in VALUES if (value := getattr(self, name))})


ALSO_CREATED = ("suppliers", "locations", "categories", "groups", "fields")  # what an import creates besides products
CAREFUL = Choices(REFUSE, REFUSE, REFUSE, REFUSE, REFUSE, SET)
MOVING = Choices(ZERO, ZERO, KEEP, SKIP, AMOUNTS, SET, is_moving=True)
MAX_CHOICE_LENGTH = 10
# The values of each parameter. The first one is the default.
VALUES = {
    "no_price": (REFUSE, ZERO),
    "below_zero": (REFUSE, ZERO),
    "unknown": (REFUSE, IGNORE, KEEP),
    "wrong_rows": (REFUSE, SKIP),
    "fractions": (REFUSE, AMOUNTS),
    "quantities": (SET, ADD, LEAVE),
}
