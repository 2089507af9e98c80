"""The forms for users at the support desk."""

from typing import Any

from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from core.pages.form_fields import LineField, RowForm
from core.texts.cleaning import refuse_misleading_name
from users import services
from users.access.roles import Role
from users.models import STAFF, User

OWNER_HAS_ACCOUNT = (
    "This owner has workers or rows, which would become inaccessible. "
    "Deactivate the owner instead: that closes the account, and you can reactivate it later."
)


class ReasonForm(ActionForm):
    """The form of the actions. Those that hand a shop over, erase and remove second factors need the reason."""

    reason = LineField(required=False, max_length=255, label="Reason, to make an owner, erase or remove factors:")


class NewUserForm(AdminUserCreationForm):
    def clean_username(self) -> Any:
        username = super().clean_username()
        refuse_misleading_name(username or "")
        return username


class ChangeUserForm(RowForm, UserChangeForm):
    """Changes a user at the support desk. The role of staff is shown as none, because staff works in no shop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields.get("role")
        if role is not None and (self.instance.is_staff or self.instance.is_superuser):
            role.choices = [(Role.WORKER, STAFF), (Role.OWNER, Role.OWNER.label)]

    def clean_username(self) -> Any:
        """Refuse a new name that mixes scripts. A user may keep its present name."""
        username = self.cleaned_data["username"]
        if username != self.instance.username:
            refuse_misleading_name(username)
        return username

    def clean_employer(self) -> Any:
        """Refuse to move the owner of a handed-over shop to another shop."""
        if "employer" in self.changed_data and self.instance.leads_shop and not self.instance.owns_shop:
            raise ValidationError(gettext("This user leads the shop. Make somebody else its owner first."))
        return self.cleaned_data["employer"]

    def clean_role(self) -> str:
        """Refuse to make an owner a worker if nobody could reach its workers or rows afterwards."""
        role: str = self.cleaned_data["role"]
        stored = User.objects.get(pk=self.instance.pk)
        if stored.owns_shop and role != Role.OWNER and services.has_account(stored):
            raise ValidationError(OWNER_HAS_ACCOUNT)
        return role
