"""Failures with a name, a sentence that says what to do, and an HTTP status."""


class AppError(Exception):
    """Something the caller should be told about.

    `message` is a key of the translation catalogues: English text, safe to show to a merchant.
    """

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(AppError):
    """No such thing in this shop; the same answer whether it exists elsewhere or not."""

    status = 404

    def __init__(self) -> None:
        super().__init__("We could not find this page in your shop.")


class Malformed(AppError):
    """The input cannot be read; the message names what is wrong with it."""

    status = 400


class BadConfig(AppError):
    """The app cannot start: a setting is missing or wrong, and the message names it."""
