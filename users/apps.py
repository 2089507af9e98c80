from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from users import support_group


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        """Seed the group after the last app with models, because Django creates the permissions app by app."""
        *_, last = (app for app in apps.get_app_configs() if app.models_module)
        post_migrate.connect(support_group.seed, sender=last, dispatch_uid="users.support_group.seed")
