from core.shop_apps import ShopApp


class HistoryApp(ShopApp):
    name = "records.history"
    enums = {"ChangedKindEnum": "records.history.models.Kind"}
