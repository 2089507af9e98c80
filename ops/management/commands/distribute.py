"""Distribute the tables of accounts over the servers of a Citus cluster."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InternalError, NotSupportedError, ProgrammingError, connection

from ops.distribution import DistributionRefused, Plan, distribute, format_size, make_plan


class Command(BaseCommand):
    help = (
        "Distribute the tables of this database by account over the servers of a Citus cluster, in one transaction:"
        " all or nothing. Requests wait meanwhile. Does nothing for tables that are distributed already."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="say what would be done and how long requests wait")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DB_CITUS:
            raise CommandError("Set DB_CITUS=on for the service and its commands first, and restart the service.")
        try:
            plan = make_plan()
            if not plan.all_tables:
                self.stdout.write("Every table of accounts is distributed already.")
            elif options["check"]:
                self.describe(plan)
            else:
                self.carry_out(plan)
        except DistributionRefused as refused:
            raise CommandError(str(refused)) from refused

    def describe(self, plan: Plan) -> None:
        if plan.users:
            self.stdout.write(f"Copy to every server: {plan.users}.")
        self.stdout.write(f"Distribute by account: {', '.join(plan.tables)}.")
        self.stdout.write(
            f"Rows to move: {format_size(plan.size)}. Requests wait about {plan.seconds:.0f} s if the servers are idle."
        )
        for node, free in plan.free.items():
            self.stdout.write(f"Free disk of {node}: {format_size(free)}.")

    def carry_out(self, plan: Plan) -> None:
        try:
            seconds = distribute(plan, self.stdout.write)
        except (ProgrammingError, NotSupportedError, InternalError) as error:
            raise CommandError(f"Nothing has changed, because PostgreSQL refused a step: {error}") from error
        self.stdout.write(f"Distributed. Requests waited {seconds:.1f} s.")
        with connection.cursor() as cursor:  # the planners of the servers have no statistics of the moved rows
            for table in plan.all_tables:
                cursor.execute(f'ANALYZE "{table}"')
