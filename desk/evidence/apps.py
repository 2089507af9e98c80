from core.shop_apps import ShopApp


class EvidenceApp(ShopApp):
    name = "desk.evidence"
    is_optional = True
    place = 4
    events = {"pack.made": {"pack": "id", "as_of": "text", "recorded_until": "text", "sha256": "text"}}
    needs = ("takeout",)
    more_pages = {"report-valuation": ("evidence-list",)}
    enums = {"TimeOfReportEnum": "desk.evidence.models.Clock"}
    not_moved = {"evidence.Pack": "the packs of the year's end, whose files an owner downloads"}

    def ready(self) -> None:
        from desk.evidence.pages import PacksOfClosing
        from users.hooks import CLOSINGS

        CLOSINGS.register(PacksOfClosing())
