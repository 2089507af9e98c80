"""Why a change of a product is refused."""

from rest_framework import status

from inventory_api.errors import DomainError


class CodeTaken(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "code_taken"
    detail = "Another product carries this one's {field} by now: change it there first."
