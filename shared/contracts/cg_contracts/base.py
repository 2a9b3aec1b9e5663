"""What every message is: a fact or a request, with its name on the wire, its owner, its key and who may say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

TYPE = re.compile(r"be\.police\.cg\.(?P<owner>[a-z]+)\.(?P<name>[A-Z][A-Za-z]+)\.v(?P<version>[1-9]\d*)")


class Tier(StrEnum):
    """How sensitive the content is: T0 publishable, T1 internal, T2 personal by opaque id only, T3 case data as outcome codes only."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field that holds personal data: allowed in requests only, kept in the receiver's vault and nowhere else."""

    what: str


@dataclass(frozen=True, slots=True)
class About:
    """What the catalogue says once about a message, so that no event has to repeat it."""

    type: str
    owner: str
    name: str
    version: int
    key: str
    by: Mapping[str, frozenset[str] | None]
    answers: tuple[str, ...]
    refusal: str | None
    tier: Tier
    legal_basis: str
    purpose: str
    numbered: bool
    keys: tuple[str, ...] = field(init=False)
    """The fields that can be the key: one, or the alternatives of which a message has exactly one (`case_id|application_id`)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(self.key.split("|")))


CATALOGUE: dict[str, type[Contract]] = {}
"""Every message of every version, by its type on the wire."""

Ref = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""Text of at most 200 characters, opaque to whoever gives it back."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$", max_length=64)]
"""A code in English, in snake_case."""

Rule = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$", max_length=64)]
"""The name of a rule, as `SCR-1` (domain) or `id-reused` (gate)."""

FieldPath = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""The attribute or field to blame, with dots inside data, as `subject` or `person_data.birth_date`."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=256)]
"""An attribute of somebody else's envelope: its `id`, `type` or `source`."""

Instant = AwareDatetime
"""RFC 3339 with its offset."""


class Contract(BaseModel):
    """A message body. Field names are snake_case; ids are UUIDs; times end in `_at` and carry their offset."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="iso8601", use_enum_values=False)
    about: ClassVar[About]

    @property
    def subject(self) -> str:
        """The value of the key field as the CloudEvents `subject`; of alternatives, the one that is set."""
        keys = self.about.keys
        return str(getattr(self, keys[0])) if len(keys) == 1 else next(str(value) for key in keys if (value := getattr(self, key)) is not None)

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        """Of the alternatives for a key exactly one is set."""
        keys = self.about.keys
        if len(keys) > 1 and sum(getattr(self, key) is not None for key in keys) != 1:
            raise blame(keys[0], "one-key", f"exactly one of {', '.join(keys)} must be there")
        return self


def blame(field: str, rule: str, mend: str) -> PydanticCustomError:
    """An error of a whole message that still names the field to blame: a gate finds it as `ctx["field"]` of the error."""
    return PydanticCustomError(rule, "{mend}", {"field": field, "mend": mend})


def _register(
    cls: type[Contract],
    *,
    type_: str,
    key: str,
    by: Mapping[str, tuple[str, ...] | None],
    answers: tuple[str, ...],
    refusal: str | None,
    tier: Tier,
    legal_basis: str,
    purpose: str,
    numbered: bool,
) -> None:
    parts = TYPE.fullmatch(type_)
    if parts is None:
        raise TypeError(f"{cls.__name__}: type {type_!r} is not be.police.cg.<service>.<Name>.v<N>")
    if cls.__name__ != f"{parts['name']}V{parts['version']}":
        raise TypeError(f"{cls.__name__}: the class of {type_} is called {parts['name']}V{parts['version']}")
    if type_ in CATALOGUE:
        raise TypeError(f"{type_} is declared twice")
    said_by = {account: None if kinds is None else frozenset(kinds) for account, kinds in by.items()}
    cls.about = About(type_, parts["owner"], parts["name"], int(parts["version"]), key, said_by, answers, refusal, tier, legal_basis, purpose, numbered)
    CATALOGUE[type_] = cls


class Fact(Contract):
    """What happened, in the words of the service that says it, on its `.events` topic. Readers ignore fields they do not know.

    Class arguments: `type`, the name on the wire; `key`, the field that is subject and Kafka key; `answers`, the types of request
    that it answers (an outside asker gets a copy on its answers topic); `numbered=False` where the key is not the id of an aggregate,
    so that no `sequence` is given.
    """

    model_config = ConfigDict(extra="ignore")

    def __init_subclass__(
        cls,
        *,
        type: str,
        key: str,
        answers: tuple[str, ...] = (),
        tier: Tier = Tier.T3,
        legal_basis: str = "",
        purpose: str = "",
        numbered: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        _register(
            cls,
            type_=type,
            key=key,
            by={},
            answers=answers,
            refusal=None,
            tier=tier,
            legal_basis=legal_basis,
            purpose=purpose,
            numbered=numbered,
        )


class Request(Contract):
    """What one account asks of one service, in the words of the service that receives it, on its intake topic for that account.

    Class arguments: `type` and `key` as for a fact; `by`, the accounts that may say it (a mapping restricts the field `kind` for each);
    `refusal`, the type of the fact that refuses it (default: the service's `RequestRefused`).
    """

    def __init_subclass__(
        cls,
        *,
        type: str,
        key: str,
        by: tuple[str, ...] | Mapping[str, tuple[str, ...]],
        refusal: str | None = None,
        tier: Tier = Tier.T3,
        legal_basis: str = "",
        purpose: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        allowed: Mapping[str, tuple[str, ...] | None] = by if isinstance(by, Mapping) else dict.fromkeys(by)
        _register(
            cls,
            type_=type,
            key=key,
            by=allowed,
            answers=(),
            refusal=refusal,
            tier=tier,
            legal_basis=legal_basis,
            purpose=purpose,
            numbered=False,
        )


def personal_fields(contract: type[Contract]) -> tuple[str, ...]:
    """The fields of a message that hold personal data."""
    return tuple(name for name, field in contract.model_fields.items() if any(isinstance(m, Personal) for m in field.metadata))


__all__ = [
    "CATALOGUE",
    "UUID",
    "About",
    "Code",
    "Contract",
    "Fact",
    "FieldPath",
    "Id",
    "Instant",
    "Personal",
    "Ref",
    "Request",
    "Rule",
    "Tier",
    "blame",
    "personal_fields",
]


class Refusal(BaseModel):
    """What every service says of a request that it understood and will not do."""

    request_type: Id
    request_event_id: Id
    request_id: UUID | None = None
    rule: Rule
    field: FieldPath | None = None


class Rejection(BaseModel):
    """What every service says of a record that could not be taken as a message."""

    message_id: Id | None = None
    message_type: Id | None = None
    message_source: Id | None = None
    topic: Id
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    rule: Rule
    field: FieldPath | None = None
    mend: Annotated[str, StringConstraints(max_length=500)]


class Gap(BaseModel):
    """What every service says when numbers are missing before a message that it took."""

    message_id: Id
    message_type: Id
    message_subject: Id
    topic: Id
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    expected: Annotated[int, Field(ge=1)]
    received: Annotated[int, Field(ge=1)]


class Sign(BaseModel):
    """What every service says each minute, so that silence means something."""

    lane: Code
    sent_at: Instant
