"""`python -m testing.programs.way_of lines`: print which way a value takes through the product, in a sale of ten lines.

Two of the lines are kits. The value is the first one of this name in a function, and all that is made of it: its items
and fields, lists of them, and what a function returns that got one of these. Single numbers, texts and rows of models
are not followed. The sale is booked in a database of its own, and once before, so that caches are filled.

The way is the functions of the product that have it in a parameter or a variable, in the order of their calls. A room
is the folder of their file. A step from one to the next is a climb, marked with ^, if it leads into an app above: a
function calls upward, or the way goes on in an upper function after it was in a lower one. The order is that of
`inventory_api/app_order.py`. A repeated step counts once. Names are those of the parameters and variables.
"""

import logging
import os
import sys
from itertools import groupby, pairwise
from types import FrameType
from typing import Any, NamedTuple

import django

from core.environment import default_to_demo

default_to_demo(os.environ)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from django.test.utils import setup_test_environment  # noqa: E402

from inventory_api.app_order import ORDER  # noqa: E402
from testing.cast.people import client_of, make_products, make_user  # noqa: E402
from testing.laws.budgets import ROOT, list_product_files  # noqa: E402
from testing.servers import migrated_database  # noqa: E402
from testing.servers.databases import create_database, use_database  # noqa: E402


class Stop(NamedTuple):
    room: str
    function: str

    @property
    def height(self) -> int:
        return max(place for place, app in enumerate(ORDER) if f"{self.room}/".startswith(f"{app.replace('.', '/')}/"))


class Walk:
    """Follows the value of a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.made: dict[int, Any] = {}  # by id: the value and what was made of it
        self.stops: dict[FrameType, Stop] = {}  # in the order in which the functions were called
        self.names: set[str] = set()
        self.files = {str(ROOT / path): path for path in list_product_files()}

    def profile(self, frame: FrameType, event: str, result: Any) -> None:
        """Note what a function gets when it is called, and what it has and returns when it ends."""
        code = frame.f_code
        if event not in ("call", "return") or not (path := self.files.get(code.co_filename)):
            return
        if not self.made:
            self.follow(frame.f_locals.get(self.name))
        held = {name for name, value in frame.f_locals.items() if self.has(value)} - {"self", "cls", ".0"}
        if held:
            self.stops.setdefault(frame, Stop(path.parent.as_posix(), code.co_qualname.split(".<locals>")[0]))
            self.names |= held
        if event == "return" and held & {*code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]}:
            self.follow(result)

    def has(self, value: Any) -> bool:
        """Return whether the value is followed, or is a collection of nothing else."""
        is_collection = isinstance(value, list | tuple | dict) and len(value) > 0
        return id(value) in self.made or (is_collection and all(map(self.has, list_parts(value))))

    def follow(self, value: Any) -> None:
        if id(value) not in self.made and (parts := list_parts(value)):
            self.made[id(value)] = value  # as long as it is here, no other value gets its id
            for part in parts:
                self.follow(part)


def list_parts(value: Any) -> list[Any]:
    """Return the items of a collection, or the fields of a dataclass."""
    if isinstance(value, list | tuple | set | dict):
        return [*value.values()] if isinstance(value, dict) else [*value]
    fields = getattr(value, "__dataclass_fields__", ()) if not isinstance(value, type) else ()
    return [getattr(value, name, None) for name in fields]


def sell(walk: Walk) -> None:
    """Sell ten lines twice, and follow the value in the second sale."""
    client = client_of(owner := make_user("alice"))
    lines: list[dict[str, Any]] = [{"product": product.pk} for product in make_products(owner, 8, 100)]
    for parts in (lines[:3], lines[1:4]):
        kit = {"name": f"Kit {len(lines)}", "parts": [{**part, "quantity": 2} for part in parts]}
        lines.append({"kit": client.post("/api/kits/", kit).json()["id"]})
    body = {"reason": "sale", "lines": [{"movement_type": "OUT", "quantity": 1, **line} for line in lines]}
    client.post("/api/stock/operations/", body)
    sys.setprofile(walk.profile)
    response = client.post("/api/stock/operations/", body)
    sys.setprofile(None)
    assert response.status_code == 201, response.content


def main() -> None:
    setup_test_environment()
    logging.disable(logging.INFO)
    walk = Walk(*sys.argv[1:])
    with create_database("way_of", migrated_database.make()), use_database("way_of"):
        sell(walk)
    stops = [*walk.stops.values()]
    steps = dict.fromkeys(pairwise(stops[:1] + stops))
    for room, stay in groupby(steps, lambda step: step[1].room):
        print(f"{room:16} {', '.join(dict.fromkeys('^' * (one.height < to.height) + to.function for one, to in stay))}")
    print(f"\nnames: {', '.join(sorted(walk.names))}")
    rooms, climbs = len({stop.room for stop in stops}), sum(one.height < to.height for one, to in steps)
    print(f"functions {len({*stops})}, rooms {rooms}, climbs {climbs}, names {len(walk.names)}")


if __name__ == "__main__":
    main()
