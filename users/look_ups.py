"""Look up users by the names that people type or choose in forms."""

from core.pages.look_ups import LookUp
from users.models import User

USERS = LookUp("user", lambda user: User.objects.visible_to(user), name_field="username")
