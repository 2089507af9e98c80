"""Fixtures of the tests of factors."""

from users.tests.conftest import mails_at_once  # noqa: F401, a fixture
