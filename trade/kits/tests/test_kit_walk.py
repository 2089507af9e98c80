"""A random walk over kits, makings, sales, returns, reversals and orders on shared parts agrees with a small model."""

import os
from collections import Counter

import pytest

from stock.booking.drafts import BookingLine, OperationDraft, PartLine, ProductReference, by_id
from stock.making.tests.walking import MakingWalk
from stock.models import Movement, Operation, OperationReason
from stock.proofs.verification import find_breaks
from trade.kits.services import change_kit, create_kit
from trade.reservations.services import fulfil, release, reserve
from trade.selling.services import reverse_operation, sell, take_back

STEPS, SEED = int(os.environ.get("WALK_STEPS", "300")), int(os.environ.get("WALK_SEED", "1"))


class Walk(MakingWalk):
    """Does each step with the services and with the model, and compares the results.

    The model has the parts of each kit, too, and what each sale and each reservation has of which product.
    """

    def __init__(self, user):
        super().__init__(user, SEED)
        self.sold, self.kits, self.returns = {}, {}, {}
        for number in range(3):
            parts = self.choose_parts()
            kit = create_kit(by=user, name=f"K{number}", price=self.choose_price(), parts=self.write_parts(parts))
            self.kits[kit.pk] = parts

    def choose_parts(self):
        return {pk: self.chance.randint(1, 3) for pk in self.chance.sample([*self.stock], self.chance.randint(1, 4))}

    def write_parts(self, parts):
        return [PartLine(by_id(pk), quantity) for pk, quantity in parts.items()]

    def choose_lines(self):
        """Return one to three lines of kits and products, what they take, and the price of each that has one."""
        lines, taken, prices = [], Counter(), []
        for _ in range(self.chance.randint(1, 3)):
            number, price = self.chance.randint(1, 3), self.chance.choice([None, self.choose_price()])
            kit, product = self.chance.choice([*self.kits]), self.chance.choice([*self.stock])
            is_kit = self.chance.random() < 0.7 or product in [line[0].value for line in lines]
            own = self.choose_parts() if is_kit and self.chance.random() < 0.2 else None
            parts = (own or self.kits[kit]) if is_kit else {product: 1}
            taken.update({pk: each * number for pk, each in parts.items()})
            reference = ProductReference("kit", kit) if is_kit else by_id(product)
            lines.append((reference, number, price, self.write_parts(own or {})))
            prices.append((is_kit, number, price))
        return lines, taken, prices

    def step(self):
        self.chance.choice([self.receive, self.receive, self.sell, self.sell, self.give_back, self.undo, self.reserve,
                            self.fulfil, self.release, self.change, self.make, self.make, self.take_apart,
                            self.undo_making, self.undo_making])()  # fmt: skip
        self.check()

    def sell(self):
        lines, taken, prices = self.choose_lines()
        draft = OperationDraft(by=self.user, reason=OperationReason.SALE)
        booked = [BookingLine(one, "OUT", n, unit_price=price, parts=parts) for one, n, price, parts in lines]
        can = all(self.available(pk) >= quantity for pk, quantity in taken.items())
        if movements := self.attempt(can, lambda: sell(draft=draft, lines=booked)):
            self.keep_sale(movements, taken)
            asked = [(n, price) for is_kit, n, price in prices if is_kit]
            for kit, (number, price) in zip(movements[0].operation.goods, asked, strict=True):
                assert price is None or kit.total == price * number

    def keep_sale(self, movements, taken):
        operation = movements[0].operation
        assert self.count(movements) == +taken
        for kit in operation.goods:
            assert sum(movements[place].total for place in kit.movements) == kit.total
        self.sold[operation.pk] = taken.copy()
        self.keep(movements)

    def count(self, movements):
        counted = Counter()
        for movement in movements:
            counted[movement.product_id] += movement.quantity
        return counted

    def give_back(self):
        """Bring back a kit of a sale as it went, or all that is left of the sale."""
        pk = self.chance.choice([*self.sold, 0])
        sale = Operation.objects.filter(pk=pk).first()
        if sale is None or not +self.sold[pk]:
            return
        movements = take_back(by=self.user, sale=sale)
        back = self.count(movements)
        assert back == +self.sold[pk]
        self.returns[movements[0].operation_id] = (pk, back)
        self.sold[pk] = Counter()
        self.keep(movements)

    def undo(self):
        """Reverse a return if goods are still there, or a sale of which nothing came back."""
        if self.returns and self.chance.random() < 0.5:
            pk, (sale, back) = self.chance.choice([*self.returns.items()])
            can = all(self.stock[one] >= quantity for one, quantity in back.items())
            if self.attempt(can, lambda: reverse_operation(by=self.user, operation=Operation.objects.get(pk=pk))):
                self.sold[sale] = back
                self.keep(Movement.objects.filter(operation__reverses=pk), is_new=False)
                del self.returns[pk]
            return
        kept = [pk for pk in self.sold if pk not in [sale for sale, _ in self.returns.values()]]
        if kept:
            pk = self.chance.choice(kept)
            reverse_operation(by=self.user, operation=Operation.objects.get(pk=pk))
            del self.sold[pk]
            self.keep(Movement.objects.filter(operation__reverses=pk), is_new=False)

    def reserve(self):
        lines, taken, _ = self.choose_lines()
        wanted = [BookingLine(one, "OUT", n, unit_price=price, parts=parts) for one, n, price, parts in lines]
        can = all(self.available(pk) >= quantity for pk, quantity in taken.items())
        if kept := self.attempt(can, lambda: reserve(by=self.user, lines=wanted, expires_in=None)):
            self.reserved[kept.pk] = taken

    def fulfil(self):
        if self.reserved:
            pk, taken = self.chance.choice([*self.reserved.items()])
            can = all(self.stock[one] >= quantity for one, quantity in taken.items())  # undone returns may be reserved
            if sold := self.attempt(can, lambda: fulfil(by=self.user, pk=pk)):
                del self.reserved[pk]
                self.keep_sale(sold.movements, taken)

    def release(self):
        if self.reserved:
            pk = self.chance.choice([*self.reserved])
            release(by=self.user, pk=pk)
            del self.reserved[pk]

    def change(self):
        kit, parts = self.chance.choice([*self.kits]), self.choose_parts()
        change_kit(by=self.user, pk=kit, parts=self.write_parts(parts), price=self.choose_price())
        self.kits[kit] = parts


@pytest.mark.django_db(transaction=True)  # each step commits, so that old versions of rows can be removed
def test_a_random_walk_over_kits_and_makings_agrees_with_the_model(alice):
    walk = Walk(alice)
    for _ in range(STEPS):
        walk.step()
    assert find_breaks(alice.pk) == []
    assert min(walk.outcomes[True], walk.outcomes[False]) >= STEPS / 20
