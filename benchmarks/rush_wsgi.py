"""
The product's WSGI entry with another way of taking a slot in place of its own: for `manage.py bench_booking` alone.

BOOKING_VARIANT names the way (`benchmarks.rush.VARIANTS`); without it the product is as it is. BOOKING_LOOKS_FIRST=0
takes away the look before everything (`scheduling/views/lost_slots.py`) and lets the other way pause between its own
look and its writing, for a control that must go wrong.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.wsgi import application  # noqa: I001 - it sets Django up, which the others need

from benchmarks.booking_variants import hold_by
from benchmarks.rush import OURS, VARIANTS
from scheduling import bookings
from scheduling.views import offers

__all__ = ["application"]

variant = os.environ.get("BOOKING_VARIANT", OURS)
is_control = os.environ.get("BOOKING_LOOKS_FIRST") == "0"
if variant != OURS:
    bookings.hold_slot = hold_by(VARIANTS[variant], pause_s=0.01 if is_control else 0.0)
if is_control:
    offers.answer_lost = lambda *_args, **_fields: None
