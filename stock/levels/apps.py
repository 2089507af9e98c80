from core.shop_apps import ShopApp


class LevelsApp(ShopApp):
    """Levels: of which products a place is to have how much, and from which other place it is refilled."""

    name = "stock.levels"
    is_optional = True
    place = 8
    stays_with = ("levels_level", "levels_refillsource")
    uses = {
        "levels": "levels_level WHERE owner_id = %(owner)s::bigint"
        " UNION ALL SELECT 1 FROM levels_refillsource WHERE owner_id = %(owner)s::bigint"
    }
    demo_keys = dict.fromkeys(("location", "refill_from"), "stock.Location.name")
    reports = ("stock.levels.reports.REFILL",)

    def ready(self) -> None:
        from stock.levels.fields import SourceBesideLocation
        from stock.levels.reading import LowPlaces
        from stock.places.hooks import BESIDE_LOCATIONS, REFILLS

        BESIDE_LOCATIONS.register(SourceBesideLocation())
        REFILLS.register(LowPlaces())
