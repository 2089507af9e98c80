from typing import Any

from django.apps import apps
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.messages import get_messages
from django.db.models.signals import post_migrate

from core.shop_apps import ShopApp
from users.access import support_group


class UsersApp(ShopApp):
    name = "users"
    kinds = {
        "user": {},
        "shop": {
            "users.account_serializers.write_scale_code": {"prefix": str, "digits": int, "places": int, "holds": str}
        },
    }
    enums = {
        "RoleEnum": "users.access.roles.Role",
        "SwitchEnum": "users.models.SWITCHES",
        "CSVFormatEnum": "users.models.CSVFormat",
        "EventKindEnum": "users.models.EventKind",
        "KeyScopeEnum": "users.models.KeyScope",
        "LabelCodeEnum": "users.models.LABEL_CODES",
        "LabelSizeEnum": "users.models.LABEL_SIZES",
    }
    not_moved = {
        "users.RefreshFamily": "sign-ins, which end with the service that has them",
        "users.Factor": "second factors: passkeys and encrypted secrets belong to one installation",
        "users.Challenge": "sign-ins that are not complete",
    }
    secrets = {
        "users_user": frozenset(["password", "is_staff", "is_superuser", "closes_at", "second_factor_since"]),
        "users_apikey": frozenset(["digest"]),
    }
    after_restore = "users.leaving.services.DELAY_CLOSINGS"

    def ready(self) -> None:
        """Seed the group after the last app with models, because Django creates the permissions app by app.

        At each sign-in and sign-out, forget the messages that wait for the next page.
        """
        *_, last = (app for app in apps.get_app_configs() if app.models_module)
        post_migrate.connect(support_group.seed, sender=last, dispatch_uid="users.access.support_group.seed")
        for signal in (user_logged_in, user_logged_out):
            signal.connect(forget_messages)


def forget_messages(request: Any, **_: Any) -> None:
    """Mark the messages as shown. They are in a cookie, so the browser's next user would see them."""
    list(get_messages(request))
