from core.shop_apps import ShopApp


class SavedApp(ShopApp):
    name = "desk.saved"
    is_optional = True

    def ready(self) -> None:
        from core.pages.hooks import LISTS
        from desk.saved.view_tabs import TabsOfViews

        LISTS.register(TabsOfViews())
