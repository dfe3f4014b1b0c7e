"""What is wrong with what somebody sent, said so that they can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One field that cannot be taken.

    `code` is for programs: `required`, `wrong_type`, `malformed`, `too_long`, `too_short`, `out_of_range`, `unknown`,
    `disabled`, `reused`, `duplicate`, `banned`, `no_sandbox`, `too_many`. `message` and `remedy` are sentences in the reader's language.
    """

    field: str
    code: str
    message: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "message": self.message, "remedy": self.remedy}


class Invalid(Exception):
    """A lead, or a question about leads, that cannot be taken; `errors` names every field."""

    def __init__(self, *errors: FieldError):
        super().__init__(", ".join(f"{error.field}: {error.code}" for error in errors))
        self.errors = list(errors)
