"""Send the webhooks and notices of all shops, tell their lots that expire, seal their ledgers, until stopped."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from notices.services import send_due_notices
from ops.jobs import Stop, make_rare, run_beside, run_jobs
from stock.expiring import DailyLots
from stock.seals import DailySeals
from webhooks.sending import Sender


class Command(BaseCommand):
    help = (
        "Send the webhooks and daily notices of all shops, record the events of lots that expire soon, and seal the"
        " ledgers once a day, until SIGTERM or SIGINT."
        " Any number of these processes share the work."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="stop when the process with this id, the parent, has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Stop(options["parent"])
        stop.listen()
        sender = Sender(stop.is_requested)
        with run_beside([make_rare(send_due_notices), DailySeals().seal_due, DailyLots().tell_due], stop):
            run_jobs([sender.start_turns, sender.log_figures], stop)
        sender.finish()
