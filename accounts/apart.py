"""Work done for many, one at a time: what breaks with one keeps nobody else waiting. See docs/decisions/0016."""

import logging
import traceback
from collections.abc import Callable
from typing import TypeVar

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


def do_apart(work: Callable[[], Result], *, what: str) -> Result | None:
    """
    Do the work and return its result, or None when it broke, with `what` broke in the log.

    Only for a loop over people whose rows have nothing to do with each other, and only
    around what a bug or a torn row may raise: whatever is foreseen is caught where it is
    raised. The log says where it broke and not what was said: that may hold a number,
    an address or a text.
    """
    try:
        return work()
    except Exception as error:  # the only one: a bug is no type
        trace = "".join(traceback.format_tb(error.__traceback__))
        logger.error("%s broke: %s\n%s", what, type(error).__name__, trace)
        return None
