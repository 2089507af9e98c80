from core.shop_apps import ShopApp


class SupportApp(ShopApp):
    name = "desk.support"
    not_moved = {"admin.LogEntry": "what the support staff has done, in all shops"}
