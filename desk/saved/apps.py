from core.shop_apps import ShopApp


class SavedApp(ShopApp):
    name = "desk.saved"
    is_optional = True
    arrivals = {"saved_savedview": "desk.saved.services.stop_imported"}
    provides = {"list_tabs": "desk.saved.view_tabs.view_tabs"}
