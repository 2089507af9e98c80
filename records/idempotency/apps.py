from core.shop_apps import ShopApp


class IdempotencyApp(ShopApp):
    name = "records.idempotency"
    not_moved = {"idempotency.IdempotencyKey": "the keys and stored responses of programs, which may contain secrets"}
