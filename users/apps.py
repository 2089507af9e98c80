from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from users import support_group


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        """Seed the group when the last app has its permissions: Django makes them after migrating, app by app."""
        *_, last = apps.get_app_configs()
        post_migrate.connect(support_group.seed, sender=last, dispatch_uid="users.support_group.seed")
