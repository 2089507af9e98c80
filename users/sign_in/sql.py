"""SQL written by hand for counters, networks and sign-ins.

COUNT_… increment the counter of a key and return it. At the limit, they change nothing and return no row. Concurrent
statements wait for each other's row, and check the limit again after the wait.
"""

# Allows at most `limit` in a window, which starts with the first attempt and is `seconds` long. The count restarts
# after it.
COUNT_IN_WINDOW = """
INSERT INTO users_attemptcounter AS attempt (key, count, expires_at)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN attempt.expires_at <= clock_timestamp() THEN 1 ELSE attempt.count + 1 END,
    expires_at = CASE WHEN attempt.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE attempt.expires_at END
WHERE attempt.expires_at <= clock_timestamp() OR attempt.count < %(limit)s
RETURNING count
"""

# The end of the current pause. A lock begins with the last free attempt and ends at `expires_at`, `lock` seconds later.
# During the lock, one attempt is allowed after the first pause, one more after twice that pause, and so on.
OPENS_AT = """attempt.expires_at - make_interval(secs =>
    greatest(%(lock)s - %(first_pause)s * (2 ^ least(attempt.count - %(limit)s + 1, 20) - 1), 0)
)"""

# Counts attempts under a name. The count restarts when the lock ends or, without a lock, `lock` seconds after the first
# one.
COUNT_WITH_PAUSES = f"""
INSERT INTO users_attemptcounter AS attempt (key, count, expires_at)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(lock)s))
ON CONFLICT (key) DO UPDATE SET (count, expires_at) = (
    SELECT tries, CASE WHEN tries IN (1, %(limit)s) THEN excluded.expires_at ELSE attempt.expires_at END
    FROM (SELECT CASE WHEN attempt.expires_at <= clock_timestamp() THEN 1 ELSE attempt.count + 1 END AS tries) AS next
)
WHERE {OPENS_AT} <= clock_timestamp()
RETURNING count
"""

SECONDS_UNTIL_OPEN = f"""
SELECT extract(epoch FROM {OPENS_AT} - clock_timestamp()) FROM users_attemptcounter AS attempt WHERE key = %(key)s
"""

# Skips locked rows, so that it never waits and never takes part in a deadlock.
DELETE_EXPIRED_ATTEMPTS = """
DELETE FROM users_attemptcounter
WHERE key IN (SELECT key FROM users_attemptcounter WHERE expires_at < clock_timestamp() FOR UPDATE SKIP LOCKED)
"""

LOWER = "SELECT lower(%(name)s)"


# Returns the name in the database's lower case, and whether its user has signed in from the network lately. Sign-ins
# before the last change of password or activity do not count.
FIND_NAME_AND_NETWORK = """
SELECT lower(%(name)s), EXISTS (
    SELECT FROM users_user AS person JOIN users_knownnetwork AS known
        ON known.user_id = person.id AND known.token_version = person.token_version
    WHERE lower(person.username) = lower(%(name)s) AND known.network = %(network)s
        AND known.used_at > clock_timestamp() - make_interval(days => %(days)s)
)
"""

# Returns the user's id if the network was unknown or was last used more than an hour ago. Otherwise it writes nothing.
REMEMBER_NETWORK = """
INSERT INTO users_knownnetwork AS known (user_id, network, token_version, used_at)
SELECT id, %(network)s, token_version, clock_timestamp() FROM users_user WHERE lower(username) = lower(%(name)s)
ON CONFLICT (user_id, network) DO UPDATE SET token_version = excluded.token_version, used_at = excluded.used_at
WHERE known.token_version <> excluded.token_version OR excluded.used_at - known.used_at > interval '1 hour'
RETURNING user_id
"""

# Deletes the user's networks except the `most` newest ones, and the networks of all users that were not used for
# `days`.
DELETE_OLD_NETWORKS = """
DELETE FROM users_knownnetwork WHERE id IN (
    SELECT id FROM users_knownnetwork
    WHERE used_at < clock_timestamp() - make_interval(days => %(days)s) OR id IN (
        SELECT id FROM users_knownnetwork WHERE user_id = %(user)s ORDER BY used_at DESC, id DESC OFFSET %(most)s
    )
    FOR UPDATE SKIP LOCKED
)
"""

# Inserts a sign-in that can be refreshed, and deletes the user's expired ones.
INSERT_FAMILY = """
WITH expired AS (DELETE FROM users_refreshfamily WHERE user_id = %(user)s AND expires_at <= now())
INSERT INTO users_refreshfamily (id, user_id, current, expires_at)
VALUES (%(id)s::uuid, %(user)s, %(current)s::uuid, %(expires_at)s)
"""

# Ends all tokens and sessions, and revokes all keys. After a restore, tokens may exist with a greater version than the
# restored rows have, so adding 1 is not enough. The seconds since 2026 exceed any user's number of changes, and fit the
# column until 2094. A backup of release 1.0.0 has no challenges.
END_ALL_TOKENS = (
    "DELETE FROM users_refreshfamily",
    "DO $$ BEGIN IF to_regclass('users_challenge') IS NOT NULL THEN DELETE FROM users_challenge; END IF; END $$",
    "DELETE FROM django_session",
    """
    UPDATE users_user SET token_version = greatest(
        token_version + 1, extract(epoch FROM now() - timestamptz '2026-01-01 00:00Z')::int
    )
    """,
    "UPDATE users_apikey SET revoked_at = now() WHERE revoked_at IS NULL",
)
