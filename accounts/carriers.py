"""What may become of a message that is handed to somebody else."""

from collections.abc import Mapping


class NotSent(Exception):
    """
    The message was certainly not sent; `may_retry` says whether trying again later can help.

    `reason` is marked for translation and may hold places (`%(code)s`) that `params` fills:
    it is kept as it is, and told in the language of whoever reads it.
    """

    def __init__(
        self, reason: str, *, params: Mapping[str, str | int] | None = None, may_retry: bool = True
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.params = dict(params or {})
        self.may_retry = may_retry


class NoAnswer(Exception):
    """Nobody knows: the line was cut, or the time was over, before an answer came."""
