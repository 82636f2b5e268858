"""The names of what can be wrong with a file before anybody has listened to it."""

from enum import StrEnum


class RefusalCode(StrEnum):
    """Why a file was refused. The words for people belong to the pages that show them."""

    EMPTY = "empty"  # no bytes, or no samples in them
    NOT_AUDIO = "not_audio"  # text, a playlist, an archive, a picture: no container we open
    NO_SOUND_TRACK = "no_sound_track"  # a video without sound
    UNSUPPORTED_CODEC = "unsupported_codec"  # a sound track in a coding we do not decode
    BAD_FORMAT = "bad_format"  # 0 Hz, absurd rates, more than two channels
    UNPLAYABLE = "unplayable"  # the decoder gives up: damaged
    TRUNCATED = "truncated"  # it ends before the length it declares
    TOO_LONG = "too_long"  # longer than the caller allows, however long that is
    DECODE_TIMEOUT = "decode_timeout"  # the child process ran out of time
    DECODE_MEMORY = "decode_memory"  # the child process ran out of memory
    DECODE_CRASHED = "decode_crashed"  # the child process died or answered nonsense


# The file may be innocent: our machine may have been short of something. The sender may try again.
MACHINE_REFUSALS = frozenset(
    {RefusalCode.DECODE_TIMEOUT, RefusalCode.DECODE_MEMORY, RefusalCode.DECODE_CRASHED}
)


class DecodeError(Exception):
    """A file that cannot be measured: `code` for people, `detail` for the log of the staff."""

    def __init__(self, code: RefusalCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
