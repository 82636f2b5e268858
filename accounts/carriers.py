"""What may become of a message that is handed to somebody else."""


class NotSent(Exception):
    """
    The message was certainly not sent; `may_retry` says whether trying again later can help.

    Any other exception of a backend means that nobody knows: the provider may have
    taken the message before the line went dead.
    """

    def __init__(self, reason: str, *, may_retry: bool = True) -> None:
        super().__init__(reason)
        self.may_retry = may_retry
