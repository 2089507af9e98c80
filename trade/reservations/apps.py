from core.shop_apps import Finds, ShopApp
from core.translation import gettext_noop as _


class ReservationsApp(ShopApp):
    name = "trade.reservations"
    demo_keys = {"reservation": "reservations.Reservation.number"}
    events = {
        **{key: {"reservation": "id", "quantity": "number"} for key in ("reservation.made", "reservation.changed")},
        **{key: {"reservation": "id"} for key in ("reservation.released", "reservation.expired")},
        "reservation.fulfilled": {"reservation": "id", "operation": "id", "quantity": "number"},
    }
    finds = {
        "reservation": Finds(
            _("Customers' orders"),
            _("Order {number}"),
            "trade.reservations.reading.find_reservations",
        ),
    }
    still_open = {
        "product": ("trade.reservations.reading.name_of_product",),
        "customer": ("trade.reservations.reading.name_of_customer",),
    }
    uses = {
        "orders": "reservations_reservation WHERE owner_id = %(owner)s::bigint"
        " UNION ALL SELECT 1 FROM customers_customer WHERE owner_id = %(owner)s::bigint"
    }
    enums = {"ReservationStateEnum": "trade.reservations.models.ReservationState"}

    def ready(self) -> None:
        from stock.hooks import RESERVED
        from trade.reservations.services import ReservedByOrders

        RESERVED.register(ReservedByOrders())
