"""The service that closes one's own account on a page, which first asks for the password."""

from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ValidationError

from users import login_throttling, services
from users.callers import Caller
from users.errors import WRONG_PASSWORD
from users.models import User


@sensitive_variables("password")
def deactivate_oneself(*, by: Caller, user: User, password: str) -> None:
    """Deactivate the caller and, if it is an owner, its workers.

    A wrong password counts as a wrong sign-in: raise Throttled (429), TooBusy (503) or ValidationError.
    """
    with login_throttling.limit_sign_in(by=by, username=user.get_username()) as succeeded:
        if not user.check_password(password):
            raise ValidationError({"password": [WRONG_PASSWORD]})
        succeeded()
    services.deactivate(by=by, user=user)
