from core.shop_apps import ShopApp


class SheetsApp(ShopApp):
    name = "trade.sheets"
    demo_keys = {"sheet": "sheets.Sheet.name"}
    is_optional = True
    place = 2
    stays_with = ("sheets_sheet",)
    events = {key: {"sheet": "id", "name": "text"} for key in ("sheet.opened", "sheet.booked", "sheet.dropped")}
    still_open = {
        "product": ("trade.sheets.reading.name_of_product",),
        "location": ("trade.sheets.reading.name_of_place",),
    }
    uses = {"sheets": "sheets_sheet WHERE owner_id = %(owner)s::bigint"}
    enums = {"SheetLineStateEnum": "trade.sheets.models.LineState"}

    def ready(self) -> None:
        from stock.hooks import COUNTS
        from trade.sheets.reading import OpenSheets

        COUNTS.register(OpenSheets())
