"""Errors of erasing a person."""

from core.errors import Conflict


class Erased(Conflict):
    code = "erased"
    detail = "This person was erased. Nobody can sign in as this user again, and it can't be changed."
    when = "the user was erased: it can be neither changed, reactivated nor erased again"


class LeadsShop(Conflict):
    code = "leads_shop"
    detail = "This user leads a shop. Close the shop instead: that removes the owner as well."
    when = "the user that is to be erased leads a shop, which has to be closed instead"
