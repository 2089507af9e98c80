from core.shop_apps import ShopApp


class SavedApp(ShopApp):
    name = "desk.saved"
    is_optional = True
