"""A small model of places for random walks. It has the rules of `stock`, written a second time in plain Python."""

from collections import defaultdict

ANYWHERE = "anywhere"


class Refused(Exception):
    """The model refuses the step."""


class Model:
    """Holdings by product, as lists of [location, lot, quantity], the oldest first; also stock that is not held, and
    reservations.
    """

    def __init__(self, today):
        self.today, self.holdings, self.free = today, defaultdict(list), defaultdict(int)
        self.dates, self.archived, self.operations, self.reserved = {}, set(), {}, {}

    def total(self, product):
        return self.free[product] + sum(row[2] for row in self.holdings[product])

    def available(self, product):
        return self.total(product) - sum(quantity for owner, quantity in self.reserved.values() if owner == product)

    def put(self, product, quantity, location, lot):
        if (location, lot) == (None, None):
            self.free[product] += quantity
            return []
        row = next((row for row in self.holdings[product] if row[:2] == [location, lot]), None)
        if row is None:
            row = [location, lot, 0]
            self.holdings[product].append(row)
        row[2] += quantity
        return [(location, lot, quantity)]

    def rank(self, product, row, reason):
        date = self.dates.get((product, row[1]))
        if date is None:
            return (1,)
        if date < self.today:
            return (-1 if reason == "expiry" else 3, date)
        return (0, date)

    def take(self, product, quantity, reason, location=ANYWHERE, lot=ANYWHERE, free=True):
        wanted = (location, lot)
        rows = [
            row for row in self.holdings[product] if all(a in (ANYWHERE, b) for a, b in zip(wanted, row, strict=False))
        ]
        if quantity > sum(row[2] for row in rows) + (self.free[product] if free else 0):
            raise Refused
        portions, surplus = [], [None if part == ANYWHERE else part for part in wanted]  # where a count adds a surplus

        def rank(row):
            return (reason != "count" or row[:2] != surplus, *self.rank(product, row, reason))

        for row in [*sorted(rows, key=rank), None]:
            if free and (row is None or reason == "count" or self.rank(product, row, reason)[0] == 3):
                taken = min(quantity, self.free[product])
                self.free[product], quantity, free = self.free[product] - taken, quantity - taken, False
            if row is not None and (taken := min(quantity, row[2])):
                row[2], quantity = row[2] - taken, quantity - taken
                portions.append((row[0], row[1], taken))
        return portions

    def remove_empty(self):
        """Remove the empty holdings after an operation. One that the operation fills again keeps its age."""
        for product, rows in self.holdings.items():
            self.holdings[product] = [row for row in rows if row[2]]

    def transfer(self, product, quantity, source, target, lot):
        free = source is None and lot == ANYWHERE
        portions = self.take(product, quantity, "transfer", source, lot, free)
        rest = quantity - sum(part for _, _, part in portions)
        moved = [(target, lot, part) for _, lot, part in portions] + ([(target, None, rest)] if rest else [])
        return portions, [portion for place in moved for portion in self.put(product, place[2], *place[:2])]

    def undo(self, product, movement_type, quantity, portions):
        """Undo a movement and return the portions of its reversal."""
        rest = quantity - sum(part for _, _, part in portions)
        if movement_type == "OUT":
            self.free[product] += rest
            return [self.put(product, part, location, lot)[0] for location, lot, part in portions]
        taken = [self.take(product, part, "", location, lot, False)[0] for location, lot, part in portions]
        from_free, sums = min(rest, self.free[product]), defaultdict(int)
        self.free[product] -= from_free
        for location, lot, part in taken + self.take(product, rest - from_free, "", free=False):
            sums[location, lot] += part
        return [(*place, part) for place, part in sums.items()]
