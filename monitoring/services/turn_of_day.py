"""What happens once per day when every shard is done: offers and entries run out, appraisers are reminded, aggregates are prepared."""

from __future__ import annotations

from datetime import date
from typing import Any

from blacklist.services.entries import expire_entries
from blacklist.services.runs import start_nightly_screening
from collateral.services.blocks import tell_open_blocks
from collateral.services.computed_values import reprice_waiting
from collateral.services.connected_debtors import follow_groups
from collateral.services.counting import refresh_waiting
from collateral.services.covers_taken_over import take_over_covers
from collateral.services.ended_work import end_open_work
from collateral.services.inspection_rounds import plan_rounds
from collateral.services.lapses import settle_lapses
from collateral.services.receivable_watch import watch_receivables
from collateral.services.registrations import tell_silent_registries
from collateral.services.reviews import tell_overdue_reviews
from collateral.services.sale_prices import tell_unpaid_sales
from collateral.services.valuations import remind_overdue, unseal_forgotten
from collateral.services.value_caps import lift_caps
from loans.services.facilities import expire_facilities
from loans.services.missing import close_unanswered
from loans.services.offers import expire_offers
from loans.services.undrawn import lapse_undrawn
from risk.services.device_retention import forget_old_devices
from risk.services.drift import measure_drift
from risk.services.file_audits import tell_overdue_audits
from risk.services.owed_letters import tell_owed_letters
from risk.services.past_cases import prepare_past_cases
from risk.services.portfolio import take_snapshot
from risk.services.sample_retention import delete_old_samples
from risk.services.second_looks import tell_overdue_second_looks


def carry_out_turn(*, business_date: date, next_date: date) -> dict[str, Any]:
    """Carry out the bank-wide steps of the turn of a day. Returns counts for the run's page."""
    return {
        "offers_expired": expire_offers(business_date=next_date),
        "contracts_lapsed": lapse_undrawn(business_date=next_date),
        "unanswered_closed": close_unanswered(business_date=next_date),
        "facilities_expired": expire_facilities(business_date=next_date),
        "securities_priced": reprice_waiting(business_date=next_date),
        "lapses_settled": settle_lapses(business_date=next_date),
        "covers_taken_over": take_over_covers(business_date=next_date),
        "debtors_connected": follow_groups(business_date=next_date),
        "receivables_overdue": watch_receivables(business_date=next_date),
        "caps_lifted": lift_caps(business_date=next_date),
        "counted_anew": refresh_waiting(business_date=next_date),
        "open_work_ended": end_open_work(business_date=next_date),
        "appraisers_reminded": remind_overdue(business_date=next_date),
        "values_unsealed": unseal_forgotten(business_date=next_date),
        "reviews_overdue": tell_overdue_reviews(business_date=next_date),
        "audits_late": tell_overdue_audits(business_date=next_date),
        "second_looks_late": tell_overdue_second_looks(business_date=next_date),
        "letters_owed": tell_owed_letters(business_date=next_date),
        "blocks_to_end": tell_open_blocks(business_date=next_date),
        "sales_unpaid": tell_unpaid_sales(business_date=next_date),
        "registries_silent": tell_silent_registries(business_date=next_date),
        "entries_expired": expire_entries(business_date=next_date),
        "rescreening": start_nightly_screening(business_date=business_date).shard,
        "inspection_rounds": plan_rounds(business_date=next_date),
        "figures": take_snapshot(business_date=business_date),
        "drift": measure_drift(business_date=business_date),
        "samples_deleted": delete_old_samples(business_date=business_date),
        "devices_forgotten": forget_old_devices(business_date=business_date),
        "past_cases": prepare_past_cases(business_date=business_date),
    }
