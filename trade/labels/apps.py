from core.shop_apps import ShopApp


class LabelsApp(ShopApp):
    name = "trade.labels"
    is_optional = True
    enums = {"LabelFormatEnum": "trade.labels.serializers.SHEET_FORMATS"}

    def ready(self) -> None:
        from trade.labels.label_page import LabelsOfMade
        from trade.selling.hooks import MADE

        MADE.register(LabelsOfMade())
