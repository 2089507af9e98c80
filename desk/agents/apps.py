from core.shop_apps import ShopApp


class AgentsApp(ShopApp):
    name = "desk.agents"
    is_optional = True
