"""Errors of merges of people and companies."""

from core.errors import Conflict, DomainError


class MergeIntoItself(DomainError):
    code = "merge_into_itself"
    detail = "This is the same one. Choose the other one, which it is merged into."
    when = "a customer or a supplier would be merged into itself. Nor can it be merged into one that was merged into it"


class Merged(Conflict):
    code = "merged"
    detail = "This one was merged into another one. Nothing undoes that: use the other one."
    when = "a merged customer or supplier is to be restored or merged again"
    also = "`into`: the id of the one that it was merged into"
