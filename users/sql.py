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

# When a name is open again. A lock begins with the last free try and ends at `expires_at`, `lock` seconds later. During
# the lock one try is judged after the first pause, another one after twice that pause, and so on.
OPENS_AT = """attempt.expires_at - make_interval(secs =>
    greatest(%(lock)s - %(first_pause)s * (2 ^ least(attempt.count - %(limit)s + 1, 20) - 1), 0)
)"""

# Tries under a name. The count starts anew when the lock ends or, without a lock, `lock` seconds after the first try.
COUNT_WITH_PAUSES = f"""
INSERT INTO users_attempt AS attempt (key, count, expires_at)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(lock)s))
ON CONFLICT (key) DO UPDATE SET (count, expires_at) = (
    SELECT tries, CASE WHEN tries IN (1, %(limit)s) THEN excluded.expires_at ELSE attempt.expires_at END
    FROM (SELECT CASE WHEN attempt.expires_at <= clock_timestamp() THEN 1 ELSE attempt.count + 1 END AS tries) AS next
)
WHERE {OPENS_AT} <= clock_timestamp()
RETURNING count
"""  # noqa: S608

SECONDS_UNTIL_OPEN = f"""
SELECT extract(epoch FROM {OPENS_AT} - clock_timestamp()) FROM users_attempt AS attempt WHERE key = %(key)s
"""  # noqa: S608

# It takes no row that another transaction holds, and so never waits in a deadlock.
FORGET_WHAT_IS_OVER = """
DELETE FROM users_attempt
WHERE key IN (SELECT key FROM users_attempt WHERE expires_at < clock_timestamp() FOR UPDATE SKIP LOCKED)
"""

# The name in lower case as the database writes it, and whether its user has signed in from the network lately, with the
# password and activity that it has now.
NAME_AND_NETWORK = """
SELECT lower(%(name)s), EXISTS (
    SELECT FROM users_user AS person JOIN users_knownnetwork AS known
        ON known.user_id = person.id AND known.token_version = person.token_version
    WHERE lower(person.username) = lower(%(name)s) AND known.network = %(network)s
        AND known.used_at > clock_timestamp() - make_interval(days => %(days)s)
)
"""

# Answers the user's id if the network was unknown, or was last used more than an hour ago.
LEARN_NETWORK = """
INSERT INTO users_knownnetwork AS known (user_id, network, token_version, used_at)
SELECT id, %(network)s, token_version, clock_timestamp() FROM users_user WHERE lower(username) = lower(%(name)s)
ON CONFLICT (user_id, network) DO UPDATE SET token_version = excluded.token_version, used_at = excluded.used_at
WHERE known.token_version <> excluded.token_version OR known.used_at < clock_timestamp() - interval '1 hour'
RETURNING user_id
"""

# The user's networks beyond the newest ones, and those of anybody that were not used lately.
FORGET_NETWORKS = """
DELETE FROM users_knownnetwork WHERE id IN (
    SELECT id FROM users_knownnetwork
    WHERE used_at < clock_timestamp() - make_interval(days => %(days)s) OR id IN (
        SELECT id FROM users_knownnetwork WHERE user_id = %(user)s ORDER BY used_at DESC, id DESC OFFSET %(most)s
    )
    FOR UPDATE SKIP LOCKED
)
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
