"""Look up tills by the names that people choose in forms."""

from core.pages.look_ups import LookUp
from trade.tills.models import Till

TILLS = LookUp("till", lambda user: Till.objects.for_user(user).of_device(user))
