"""SQL written by hand: what the worker looks for, over all accounts."""

# A webhook that may send now, of an active owner.
READY = """
FROM webhooks_webhook AS webhook
JOIN users_user AS owner ON owner.id = webhook.owner_id AND owner.is_active AND owner.role = 'owner'
{more}
WHERE webhook.state = 'on' AND webhook.next_attempt_at <= clock_timestamp()
    AND (webhook.leased_until IS NULL OR webhook.leased_until <= clock_timestamp())
"""
# Those of them that have something to send, the ones that waited longest first. An account's head is the last number
# that was given to an event; events without a number were written since. Two parts, because Citus joins and compares
# within one server, but not in one condition with OR.
FIND_DUE = f"""
SELECT owner_id, id, is_failing
FROM (
    SELECT webhook.owner_id, webhook.id, webhook.failures > 0 AS is_failing, webhook.last_attempt_at
    {READY.format(more="JOIN events_head AS head ON head.owner_id = webhook.owner_id")}
    AND head.position > webhook.position
    UNION
    SELECT webhook.owner_id, webhook.id, webhook.failures > 0 AS is_failing, webhook.last_attempt_at
    {READY.format(more="")}
    AND EXISTS (
        SELECT FROM events_event AS event WHERE event.owner_id = webhook.owner_id AND event.position IS NULL
    )
) AS due
ORDER BY last_attempt_at NULLS FIRST, owner_id, id
LIMIT %(limit)s
"""  # noqa: S608

# How many webhooks are on, by how many events they are behind in all, and how old the oldest of these is. The events of
# an account whose webhooks wait may have no numbers yet.
FIGURES = """
SELECT count(*), coalesce(sum(coalesce(head.position, 0) + unnumbered.count - webhook.position), 0)::bigint,
    coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(event.created_at, first.created_at))), 0)::bigint
FROM webhooks_webhook AS webhook
LEFT JOIN events_head AS head ON head.owner_id = webhook.owner_id
LEFT JOIN events_event AS event ON event.owner_id = webhook.owner_id AND event.position = webhook.position + 1
LEFT JOIN LATERAL (
    SELECT count(*) AS count, min(id) AS first FROM events_event
    WHERE owner_id = webhook.owner_id AND position IS NULL
) AS unnumbered ON true
LEFT JOIN events_event AS first ON first.owner_id = webhook.owner_id AND first.id = unnumbered.first
WHERE webhook.state = 'on'
"""

# Run by a restore. The receivers may have got events after the backup was made, whose positions are now given again.
HAS_TABLE = "SELECT to_regclass('webhooks_webhook') IS NOT NULL"
SWITCH_OFF_RESTORED = """
UPDATE webhooks_webhook AS webhook
SET state = 'off', off_reason = 'restored', lease = NULL, leased_until = NULL,
    position = least(
        webhook.position,
        coalesce((SELECT head.position FROM events_head AS head WHERE head.owner_id = webhook.owner_id), 0)
    )
WHERE webhook.state = 'on'
"""
