from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "reservations"

    def ready(self) -> None:
        """Register the function by which bookings read what is reserved."""
        from reservations.services import read_reserved_by_product  # noqa: PLC0415, needs the models
        from stock.booking.locking import register_reader  # noqa: PLC0415

        register_reader(read_reserved_by_product)
