from core.shop_apps import ShopApp


class ReservationsApp(ShopApp):
    name = "trade.reservations"
    uses = {
        "orders": "reservations_reservation WHERE owner_id = %(owner)s::bigint"
        " UNION ALL SELECT 1 FROM customers_customer WHERE owner_id = %(owner)s::bigint"
    }
    enums = {"ReservationStateEnum": "trade.reservations.models.ReservationState"}
