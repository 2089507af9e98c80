from core.errors import DomainError


class TooManySales(DomainError):
    code = "too_many_lines"
    detail = "This would pay more than {limit} sales: send a smaller amount, or name the sales."
