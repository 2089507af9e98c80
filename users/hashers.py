"""The password hash."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's minimum of 19 MiB. With Django's 100 MiB, many sign-ins would run out of memory."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
