"""The errors that a person reads, split by what the reader should do about them.

HeadgateError          something happened, to something; here is what to do next
├── WaitAndRetry       the outside is busy or away; the same command may work later
├── FixSetup           this machine or its settings have to change first
├── FixInput           what was asked for, or sent, has to change first
└── CallAPerson        the product cannot go on by itself; someone who knows it has to look
"""

from __future__ import annotations


class HeadgateError(Exception):
    """An error for people: `what` happened (and to what), and the `next_step` that helps."""

    exit_code: int = 1

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\n{self.next_step}"


class WaitAndRetry(HeadgateError):  # noqa: N818 - named after what the reader does
    """The outside is busy or away; nothing here has to change, the same command may work later."""

    exit_code = 75


class FixSetup(HeadgateError):  # noqa: N818 - named after what the reader does
    """This machine or its settings have to change before the command can work."""

    exit_code = 78


class FixInput(HeadgateError):  # noqa: N818 - named after what the reader does
    """What was asked for, or sent, has to change before the command can work."""

    exit_code = 65


class CallAPerson(HeadgateError):  # noqa: N818 - named after what the reader does
    """The product cannot go on by itself; someone who knows it has to look."""

    exit_code = 70
