from core.shop_apps import ShopApp


class SavedApp(ShopApp):
    name = "desk.saved"
    is_optional = True
    provides = {"list_tabs": "desk.saved.view_tabs.view_tabs"}
