from core.shop_apps import ShopApp


class LabelsApp(ShopApp):
    name = "trade.labels"
    is_optional = True
    provides = {"labels_of_made": "trade.labels.label_page.link_to_made"}
    enums = {"LabelFormatEnum": "trade.labels.serializers.SHEET_FORMATS"}
