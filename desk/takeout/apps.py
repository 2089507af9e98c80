from core.shop_apps import ShopApp


class TakeoutApp(ShopApp):
    name = "desk.takeout"
    is_optional = True
    more_pages = {"account": ("account-export-list",)}
    enums = {"ExportStateEnum": "desk.takeout.models.ExportState"}
    not_moved = {"takeout.Export": "the exports themselves"}
