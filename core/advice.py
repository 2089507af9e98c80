"""What a program can do about an error, by its code."""

RETRY, CHANGE, NEVER = "retry", "change", "never"
BY_STATUS = {401: NEVER, 403: NEVER, 429: RETRY, 500: NEVER, 503: RETRY, 507: RETRY}
# The codes whose advice differs from that of their status.
BY_CODE = {
    **dict.fromkeys(("export_not_ready", "export_running"), RETRY),
    **dict.fromkeys(
        (
            "bad_authorization_header", "challenge_expired", "no_active_account", "not_authenticated", "proof_required",
            "second_factor_required", "second_factor_wrong", "token_not_valid", "token_revoked", "took_too_long",
        ),
        CHANGE,
    ),
    **dict.fromkeys(
        (
            "account_closed", "already_reversed", "erased", "key_ended", "mail_off",
            "order_closed", "reservation_closed", "sale_reversed", "sheet_closed", "stock_operation_one_reversal",
            "till_closed", "too_many_reversals",
        ),
        NEVER,
    ),
}  # fmt: skip


def find_advice(code: str, status: int) -> str:
    """Return `retry`, `change` or `never`: docs/errors.md says what each of them means."""
    return BY_CODE.get(code) or BY_STATUS.get(status, CHANGE)
