from core.shop_apps import ShopApp


class SheetsApp(ShopApp):
    name = "trade.sheets"
    is_optional = True
    uses = {"sheets": "sheets_sheet WHERE owner_id = %(owner)s::bigint"}
    enums = {"SheetLineStateEnum": "trade.sheets.models.LineState"}
