from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "trade.reservations"

    def ready(self) -> None:
        """Give bookings the function by which they read what is reserved."""
        from stock.booking.locking import readers  # noqa: PLC0415
        from trade.reservations.services import read_reserved_by_product  # noqa: PLC0415, needs the models

        readers.append(read_reserved_by_product)
