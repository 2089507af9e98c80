from django.apps import AppConfig


class TillsConfig(AppConfig):
    name = "trade.tills"

    def ready(self) -> None:
        """Register the function that checks the keys of tills, and records their numbers."""
        from records.idempotency.decorators import register_guard  # noqa: PLC0415, needs the models
        from trade.tills.numbers import claim_number  # noqa: PLC0415

        register_guard(claim_number)
