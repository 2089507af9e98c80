"""Send webhooks, notices, views and orders, record what expires, write exports, seals and sums, until stopped."""

from argparse import ArgumentParser
from contextlib import ExitStack
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand

from desk.evidence.jobs import write_packs
from desk.reports.jobs import CHECK_SECONDS as DAYS_SECONDS
from desk.reports.jobs import keep_days
from desk.saved.jobs import send_due_views
from desk.takeout.jobs import write_waiting
from desk.takeout.services import MAX_AT_A_TIME
from ops.jobs import CHECK_SECONDS, Presence, Stop, analyze_grown_tables, make_rare, run_beside, run_job, run_jobs
from products.models import fold_tallies
from records.events.notices.jobs import send_due_notices
from records.events.webhooks.jobs import Sender
from stock.importing.history import forget_refused_imports
from stock.jobs import CHECK_SECONDS as LOT_SECONDS
from stock.jobs import record_due_lots
from stock.proofs.services import CHECK_SECONDS as SEAL_SECONDS
from stock.proofs.services import seal_due
from trade.purchasing.jobs import send_due_orders
from trade.reservations.jobs import record_expired_reservations
from users.jobs import Round
from users.leaving.services import REPEAT_SECONDS, Repetitions, remove_due_portion

FORGET_SECONDS = 3600
EXPORT_SECONDS = 3  # the time between two searches for exports and packs


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
        stop = Stop(options["parent"])
        stop.listen()
        sender, presence = Sender(stop.is_requested), Presence()
        rounds = ((seal_due, SEAL_SECONDS), (record_due_lots, LOT_SECONDS), (keep_days, DAYS_SECONDS))
        rare = [make_rare(send_due_notices), make_rare(send_due_orders), make_rare(send_due_views)]
        rare += [Round(work, seconds).run for work, seconds in rounds]
        rare += [remove_due_portion, make_rare(analyze_grown_tables, CHECK_SECONDS)]
        rare += [make_rare(fold_tallies, CHECK_SECONDS)]
        rare += [make_rare(forget_refused_imports, FORGET_SECONDS), make_rare(record_expired_reservations)]
        rare += [make_rare(Repetitions().repeat_due, REPEAT_SECONDS)]
        with ExitStack() as threads:
            threads.enter_context(run_beside(rare, stop))
            for write in (write_waiting, write_packs) * MAX_AT_A_TIME:
                job = make_rare(partial(write, stop.is_requested), EXPORT_SECONDS)
                threads.enter_context(run_beside([job], stop))
            run_jobs([sender.start_turns, sender.log_figures, make_rare(presence.report)], stop)
        sender.finish()
        run_job(presence.end)
