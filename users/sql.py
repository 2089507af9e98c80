"""The statement written by hand, because the ORM has no upsert that counts."""

# One more attempt under this key, in a window that starts with the first and starts anew when it is over. Answers the
# count, or nothing if the limit is reached: then nothing is counted. Concurrent attempts wait for each other's row.
COUNT_ATTEMPT = """
INSERT INTO users_attempt AS attempt (key, count, expires_at)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN attempt.expires_at <= clock_timestamp() THEN 1 ELSE attempt.count + 1 END,
    expires_at = CASE WHEN attempt.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE attempt.expires_at END
WHERE attempt.expires_at <= clock_timestamp() OR attempt.count < %(limit)s
RETURNING count
"""
