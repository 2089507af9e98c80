"""The statements written by hand: one that every request makes, the desk's, and upserts that count.

COUNT_… count one more attempt under a key and answer the count, or nothing if no more is allowed: then nothing is
counted. Concurrent attempts wait for each other's row, and look at it again after the wait.
"""

# A user and its employer, in the order of the model's columns. The ORM takes several times as long to compose it.
USER_WITH_EMPLOYER = """
SELECT {columns}, {employer_columns}
FROM users_user AS users LEFT JOIN users_user AS employer ON employer.id = users.employer_id
WHERE users.id = %(id)s::bigint
"""

# How many open accounts there are, by the week in which their owners signed up. Looks at the newest, so many of them.
JOINED_PER_WEEK = """
SELECT date_trunc('week', date_joined AT TIME ZONE 'UTC')::date AS week, count(*)
FROM (
    SELECT date_joined FROM users_user WHERE role = 'owner' AND is_active ORDER BY id DESC LIMIT %(limit)s
) AS newest
GROUP BY week
"""

# So many within a window, that starts with the first and starts anew when it is over.
COUNT_IN_WINDOW = """
INSERT INTO users_attempt AS attempt (key, count, expires_at)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN attempt.expires_at <= clock_timestamp() THEN 1 ELSE attempt.count + 1 END,
    expires_at = CASE WHEN attempt.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE attempt.expires_at END
WHERE attempt.expires_at <= clock_timestamp() OR attempt.count < %(limit)s
RETURNING count
"""

# Some freely, and then one after each pause; every pause is twice the one before, up to the longest. The count is
# forgotten `memory` seconds after the last pause, so that the pause ends so many seconds before `expires_at`.
COUNT_WITH_PAUSES = """
INSERT INTO users_attempt AS attempt (key, count, expires_at)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(pause_after_one)s + %(memory)s))
ON CONFLICT (key) DO UPDATE SET (count, expires_at) = (
    SELECT tries, clock_timestamp() + make_interval(secs => %(memory)s + CASE
        WHEN tries < %(limit)s THEN 0
        ELSE least(%(first_pause)s * 2 ^ least(tries - %(limit)s, 20), %(longest_pause)s)
    END)
    FROM (SELECT CASE WHEN attempt.expires_at <= clock_timestamp() THEN 1 ELSE attempt.count + 1 END AS tries) AS next
)
WHERE attempt.expires_at - make_interval(secs => %(memory)s) <= clock_timestamp()
RETURNING count
"""

# A right sign-in takes itself back from the address, and forgets what was counted of the name.
RIGHT_SIGN_IN = """
WITH address AS (UPDATE users_attempt SET count = count - 1 WHERE key = %(address)s AND count > 0)
DELETE FROM users_attempt WHERE key = %(name)s
"""

FORGET_WHAT_IS_OVER = """
DELETE FROM users_attempt WHERE expires_at < clock_timestamp()
"""

# A sign-in that can be refreshed; the user's earlier ones that have expired are forgotten with it.
BEGIN_FAMILY = """
WITH expired AS (DELETE FROM users_refreshfamily WHERE user_id = %(user)s AND expires_at <= clock_timestamp())
INSERT INTO users_refreshfamily (id, user_id, current, expires_at)
VALUES (%(id)s::uuid, %(user)s, %(current)s::uuid, %(expires_at)s)
"""

# Every sign-in there is. A version that was issued before rows came back from a backup may be greater than theirs, so
# that one more is not enough: the seconds of this age are more than any user's changes, and fit until the year 2094.
END_EVERYTHING = """
WITH families AS (DELETE FROM users_refreshfamily), sessions AS (DELETE FROM django_session)
UPDATE users_user SET token_version = greatest(
    token_version + 1, extract(epoch FROM clock_timestamp() - timestamptz '2026-01-01 00:00Z')::int
)
"""
