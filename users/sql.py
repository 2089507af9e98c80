"""SQL written by hand that reads users."""

# Returns a user and its employer, with the columns in the order of the model's. The ORM takes several times as long to
# compose this.
USER_WITH_EMPLOYER = """
SELECT {columns}
FROM users_user AS users LEFT JOIN users_user AS employer ON employer.id = users.employer_id
WHERE users.id = %(id)s::bigint
"""

# Returns the number of active owners per week of sign-up, among the newest `limit` ones.
JOINED_PER_WEEK = """
SELECT date_trunc('week', date_joined AT TIME ZONE 'UTC')::date AS week, count(*)
FROM (
    SELECT date_joined FROM users_user WHERE role = 'owner' AND is_active ORDER BY id DESC LIMIT %(limit)s
) AS newest
GROUP BY week
"""

# Returns the user name that a text means at sign-in. A user name comes before an e-mail address. Without either, the
# text itself is returned, so that any text takes the same statements.
FIND_SIGN_IN_NAME = """
SELECT coalesce(
    (SELECT username FROM users_user WHERE lower(username) = lower(%(name)s)),
    (
        SELECT username FROM users_user
        WHERE email <> '' AND lower(email) = lower(%(text)s) AND is_active AND NOT is_barred
    ),
    %(text)s::text
)
"""
