"""Send webhooks, notices, views and orders, record what expires, write exports, seals and sums, until stopped."""

from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any

from django.core.management.base import BaseCommand

from core.database.left_out import refuse_left_out
from core.due_work import Job
from core.shop_apps import find_modules
from ops.jobs import Presence, Stop, run_beside, run_job, run_jobs


class Command(BaseCommand):
    help = (
        "Send the webhooks and daily notices of all shops, mail saved views, and orders to suppliers, record the events"
        " of lots that expire soon and of reservations that have expired, write exports and packs, keep the sums of"
        " days of shops that sell much, and seal the ledgers once a day, until SIGTERM or SIGINT."
        " Any number of these processes share the work."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="stop when the process with this id, the parent, has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_left_out()
        stop = Stop(options["parent"])
        stop.listen()
        presence = Presence()
        jobs = [job for module in find_modules("jobs") for job in module.list_jobs(stop.is_requested)]
        with ExitStack() as threads:
            threads.enter_context(run_beside([job for job in jobs if not job.threads], stop))
            for job in jobs:
                for _ in range(job.threads):
                    threads.enter_context(run_beside([job], stop))
            run_jobs([Job(presence.report)], stop)
        for job in jobs:
            job.finish()
        run_job(presence.end)
