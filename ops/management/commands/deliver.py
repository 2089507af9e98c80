"""Send the webhooks and notices of all shops, and seal their ledgers daily, until the process is stopped."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from notices.services import send_due_notices
from ops.jobs import Stop, make_rare, run_beside, run_jobs
from stock.seals import DailySeals
from webhooks.sending import Sender


class Command(BaseCommand):
    help = (
        "Send the webhooks and daily notices of all shops, and seal their ledgers once a day, until SIGTERM or SIGINT."
        " Any number of these processes share the work."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="stop when the process with this id, the parent, has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Stop(options["parent"])
        stop.listen()
        sender = Sender(stop.is_requested)
        with run_beside([make_rare(send_due_notices), DailySeals().seal_due], stop):
            run_jobs([sender.start_turns, sender.log_figures], stop)
        sender.finish()
