"""Statements written by hand."""

# Returns the users who want notices, if it is at least the given hour in the time zone of their shop and the day is not
# done. A user without a row has just requested notices: the first one is sent on the next day.
DUE = """
SELECT users.id, wanted.today, digest.user_id IS NULL AS is_new
FROM users_user AS users
LEFT JOIN users_user AS employer ON employer.id = users.employer_id
LEFT JOIN events_lastnotice AS digest ON digest.user_id = users.id
CROSS JOIN LATERAL (
    SELECT now() AT TIME ZONE coalesce(employer.time_zone, users.time_zone) AS moment
) AS local
CROSS JOIN LATERAL (SELECT local.moment::date AS today) AS wanted
WHERE users.notices = 'daily' AND users.is_active AND users.email = users.confirmed_email AND NOT users.email = ''
AND (digest.user_id IS NULL OR (digest.sent_on < wanted.today AND extract(hour FROM local.moment) >= %(hour)s))
ORDER BY users.id
LIMIT %(limit)s
"""

# Marks the day as done. If several workers do so, only one of them gets a row.
CLAIM = """
INSERT INTO events_lastnotice AS digest (user_id, sent_on, position) VALUES (%(user)s, %(today)s, %(position)s)
ON CONFLICT (user_id) DO UPDATE SET sent_on = excluded.sent_on WHERE digest.sent_on < excluded.sent_on
RETURNING position
"""

# Returns the products that have become low after a position of the feed.
FALLEN = """
SELECT DISTINCT product FROM events_event
WHERE owner_id = %(owner)s AND position > %(position)s AND type = %(type)s
"""
