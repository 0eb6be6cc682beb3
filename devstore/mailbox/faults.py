"""What goes wrong with a mail server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STAGES = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "RSET", "NOOP", "QUIT")
"""Where something can go wrong: CONNECT is before the greeting, BODY after the dot that ends a message."""
CERTIFICATES = ("self_signed", "expired", "other_name")
Reply = tuple[int, str]


@dataclass(frozen=True, slots=True)
class MailFaults:
    """Faults by stage; ``times`` is how often one strikes before all goes well again, None for ever.

    Where the server hangs or hangs up after a message came in, ``keeps`` says whether it has taken it all the same:
    nobody outside can know.
    """

    hangs_at: tuple[str, ...] = ()
    drops_at: tuple[str, ...] = ()
    answers: Mapping[str, Reply] = field(default_factory=dict)
    recipients: Mapping[str, Reply] = field(default_factory=dict)
    """Answers to RCPT by address, in small letters."""
    seconds_a_byte: float = 0.0
    """How slowly answers drip out."""
    certificate: str = "self_signed"
    keeps: bool = True
    times: int | None = None

    def __post_init__(self) -> None:
        """ValueError for a stage or a certificate that there is not, and for an answer that no server gives."""
        stages = {*self.hangs_at, *self.drops_at, *self.answers}
        if unknown := stages - set(STAGES):
            raise ValueError(f"{', '.join(sorted(unknown))}: a stage is one of {', '.join(STAGES)}")
        if self.certificate not in CERTIFICATES:
            raise ValueError(f"a certificate is one of {', '.join(CERTIFICATES)}")
        codes = [code for code, _ in (*self.answers.values(), *self.recipients.values())]
        if not all(200 <= code <= 599 for code in codes) or self.seconds_a_byte < 0:
            raise ValueError("an answer has a code from 200 to 599, and takes no less than no time")

    @property
    def shown(self) -> str:
        """What goes wrong, in a sentence."""
        said = [*(f"{stage}: no answer" for stage in self.hangs_at), *(f"{stage}: hangs up" for stage in self.drops_at)]
        said += [f"{stage}: {code} {text}" for stage, (code, text) in {**self.answers, **self.recipients}.items()]
        said += [f"{self.seconds_a_byte:g} seconds for a byte"] if self.seconds_a_byte else []
        said += [f"certificate: {self.certificate}"] if self.certificate != "self_signed" else []
        often = f", {self.times} times" if self.times is not None else ""
        return f"{'; '.join(said)}{often}." if said else "Nothing goes wrong."

    @classmethod
    def read(cls, wish: Mapping[str, Any]) -> "MailFaults":
        """Of a form: {stage, fault: hang, drop or answer; code, text, seconds_a_byte, certificate, keeps, times}."""
        stage, fault = str(wish.get("stage") or ""), str(wish.get("fault") or "none")
        rest: dict[str, Any] = {
            "seconds_a_byte": float(wish.get("seconds_a_byte") or 0),
            "certificate": str(wish.get("certificate") or "self_signed"),
            "keeps": bool(wish.get("keeps")),
            "times": int(wish["times"]) if wish.get("times") else None,
        }
        if fault == "answer":
            reply = (int(wish.get("code") or 451), str(wish.get("text") or "Not now, please"))
            return cls(answers={stage: reply}, **rest)
        if fault not in ("none", "hang", "drop"):
            raise ValueError("a fault is one of none, hang, drop, answer")
        at = {told: (stage,) if fault == told else () for told in ("hang", "drop")}
        return cls(hangs_at=at["hang"], drops_at=at["drop"], **rest)
