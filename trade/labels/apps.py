from core.shop_apps import ShopApp


class LabelsApp(ShopApp):
    name = "trade.labels"
    is_optional = True
    enums = {"LabelFormatEnum": "trade.labels.serializers.SHEET_FORMATS"}
