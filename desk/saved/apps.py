from django.apps import AppConfig

from core.signals import signed_in


class SavedConfig(AppConfig):
    name = "desk.saved"

    def ready(self) -> None:
        """Tell users at their sign-in that the mail of a view has ended."""
        from desk.saved.mail.services import tell_ended  # it needs the models

        signed_in.connect(tell_ended)
