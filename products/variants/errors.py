"""Errors of groups of variants and their options."""

from core.errors import Conflict, DomainError


class OptionsTaken(DomainError):
    """Another live product of the group has the same options."""

    code = "options_taken"
    detail = "Another product of the group has these options."
    when = "another product of the group has the same `options`. It is not archived"
    also = "`product`: the id of the other one"


class OptionUnknown(DomainError):
    code = "option_unknown"
    detail = "The product's group has no axis “{option}”. Its axes are: {known}."
    when = "`options` name an unknown axis, or the product is in no group"
    also = "`option`, `known`: the axes of the group, with commas between them"


class TooManyOptionValues(DomainError):
    code = "too_many_option_values"
    detail = "The products of a group have at most {limit} different values of “{option}”."
    when = "an axis of a group would have too many values"
    also = "`option`, `limit`"


class TooManyAxes(DomainError):
    code = "too_many_axes"
    detail = "A group has at most {limit} axes."
    when = "a group would have too many axes"
    also = "`limit`"


class AxisInUse(Conflict):
    code = "axis_in_use"
    detail = "The group's products have values of “{option}”. Remove these first, or rename the axis."
    when = "products of the group that are not archived have a value of the axis"
    also = "`option`: the axis"


class TooManyVariants(DomainError):
    code = "too_many_variants"
    detail = "At most {limit} products are made at once. Nothing was made: send fewer values."
    when = "more than 200 variants would be made at once"
    also = "`limit`"
