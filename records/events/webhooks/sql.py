"""Statements for the webhooks of all shops."""

# The condition that a webhook may send now and its owner is active.
READY = """
FROM events_webhook AS webhook
JOIN users_user AS owner ON owner.id = webhook.owner_id AND owner.is_active AND owner.role = 'owner'
{more}
WHERE webhook.state = 'on' AND webhook.next_attempt_at <= clock_timestamp()
    AND (webhook.leased_until IS NULL OR webhook.leased_until <= clock_timestamp())
"""
# A receiver counts as slow if it fails, was not tried yet, was slow at the last attempt, or was slow lately. So a
# receiver that is slow at every second attempt stays among the slow ones.
IS_SLOW = """(
    webhook.failures > 0 OR webhook.last_attempt_at IS NULL
    OR coalesce(webhook.slow_at >= webhook.last_attempt_at, false)
    OR coalesce(webhook.slow_at > clock_timestamp() - make_interval(secs => %(slow_seconds)s), false)
)"""
# Returns the webhooks that have something to send, the slow ones before the others, and at most `limit` of each kind:
# first the one of each account that has waited longest, then the second of each account, and so on. An account's head
# is the last number that was given to an event; events without a number were written after it. There are two parts,
# because Citus joins and compares within one server, but not in one condition with OR.
FIND_DUE = f"""
SELECT owner_id, id, is_slow
FROM (
    SELECT owner_id, id, is_slow,
        row_number() OVER (PARTITION BY is_slow ORDER BY place, last_attempt_at NULLS FIRST, owner_id) AS turn
    FROM (
        SELECT *,
            row_number() OVER (PARTITION BY owner_id, is_slow ORDER BY last_attempt_at NULLS FIRST, id) AS place
        FROM (
            SELECT webhook.owner_id, webhook.id, webhook.last_attempt_at, {IS_SLOW} AS is_slow
            {READY.format(more="JOIN events_feedhead AS head ON head.owner_id = webhook.owner_id")}
            AND head.position > webhook.position
            UNION
            SELECT webhook.owner_id, webhook.id, webhook.last_attempt_at, {IS_SLOW} AS is_slow
            {READY.format(more="")}
            AND EXISTS (
                SELECT FROM events_event AS event WHERE event.owner_id = webhook.owner_id AND event.position IS NULL
            )
        ) AS due
    ) AS of_account
) AS of_kind
WHERE turn <= %(limit)s
ORDER BY is_slow DESC, turn
"""

# Returns the number of webhooks that are on, the number of events that they have yet to send, and the age of the oldest
# of these events. The events of an account whose webhooks wait may have no numbers yet.
FIGURES = """
SELECT count(*), coalesce(sum(coalesce(head.position, 0) + unnumbered.count - webhook.position), 0)::bigint,
    coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(event.created_at, first.created_at))), 0)::bigint
FROM events_webhook AS webhook
LEFT JOIN events_feedhead AS head ON head.owner_id = webhook.owner_id
LEFT JOIN events_event AS event ON event.owner_id = webhook.owner_id AND event.position = webhook.position + 1
LEFT JOIN LATERAL (
    SELECT count(*) AS count, min(id) AS first FROM events_event
    WHERE owner_id = webhook.owner_id AND position IS NULL
) AS unnumbered ON true
LEFT JOIN events_event AS first ON first.owner_id = webhook.owner_id AND first.id = unnumbered.first
WHERE webhook.state = 'on'
"""

# A restore runs this. Receivers may have got events after the backup, whose positions are now given again.
SWITCH_OFF_RESTORED = """
UPDATE events_webhook AS webhook
SET state = 'off', off_reason = 'restored', lease = NULL, leased_until = NULL,
    position = least(
        webhook.position,
        coalesce((SELECT head.position FROM events_feedhead AS head WHERE head.owner_id = webhook.owner_id), 0)
    )
WHERE webhook.state = 'on'
"""
