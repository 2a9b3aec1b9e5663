"""Identities behind two custodians: their keys, who asks, and the halves that they hand on from their own machines."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from cg_kit import custody as boxes
from cg_kit.http import Body, Done, Door, Refusing, needs
from cg_kit.pure import To
from services.integrity.api.shared import AT_THE_DESK, Words, handled
from services.integrity.domain import custody, identity

router = APIRouter(tags=["custody"])

PublicKey = Annotated[str, StringConstraints(min_length=44, max_length=44)]
Sealed = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Seat = Annotated[int, Field(ge=1, le=2)]

OPEN = "SELECT id FROM identity_state WHERE state -> 'askings' @> '[{\"verdict\": \"asked\"}]' ORDER BY id LIMIT 1000"


class KeyOffered(Body):
    """A custodian's public key, as `cg custodian keygen` prints it."""

    seat: Seat
    public_key: PublicKey


class KeySeen(BaseModel):
    """Whose key a seat has."""

    seat: int
    person_id: UUID
    public_key: str


class CustodySeen(BaseModel):
    """The seats: keys in use, and keys that wait to be confirmed. Both must be filled before a name can be given with a report."""

    seated: list[KeySeen]
    offered: list[KeySeen]


class IdentityAsked(Body):
    """Why, on which ground, and the key to which the halves are to be sealed."""

    ground: identity.Ground
    reason: Words
    public_key: PublicKey


class Wanted(BaseModel):
    """A request that a custodian decides: who asks, why, and this custodian's own half."""

    report_id: UUID
    request_id: UUID
    by: UUID
    ground: identity.Ground
    reason: str
    public_key: str
    half: str
    handed_on: bool


class HalfHanded(Body):
    """The half, sealed to who asked."""

    sealed: Sealed


class Declined(Body):
    """Why not."""

    reason: Words


class Asked(BaseModel):
    """What became of a request; while it is open to who asked, the box and both halves, which only their key opens."""

    request_id: UUID
    verdict: identity.Verdict
    handed_on: int
    denied_reason: str | None
    box: str | None
    halves: list[str]


@router.get("/custody", summary="The custodians' keys")
async def show_custody(door: Annotated[Door, needs("custodian", "head-of-service", *AT_THE_DESK)]) -> CustodySeen:
    """Public halves only; the private ones are nowhere here."""
    found = await door.state("custody", custody.CUSTODY)
    state = found[0] if found else custody.NEW
    return CustodySeen(seated=[seen(each) for each in state.seated], offered=[seen(each) for each in state.offered])


def seen(key: custody.Key) -> KeySeen:
    """A key."""
    return KeySeen(seat=key.seat, person_id=key.person_id, public_key=key.public_key)


@router.post("/custody/keys", summary="Offer my public key")
async def offer(body: KeyOffered, door: Annotated[Door, needs("custodian")]) -> Done:
    """It counts once the head of service has confirmed it."""
    must_be_key(body.public_key)
    return await door.command(To("custody", custody.CUSTODY, custody.Offer(body.seat, door.actor.person_id, body.public_key, door.now)))


@router.post("/custody/keys/confirmation", summary="Confirm a custodian's public key")
async def confirm(body: KeyOffered, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """After comparing it with the custodian."""
    return await door.command(To("custody", custody.CUSTODY, custody.Confirm(body.seat, body.public_key, door.actor.person_id, door.now)))


def must_be_key(text: str) -> None:
    """A public key, or refused."""
    if not boxes.is_public(text):
        raise Refusing(422, "INT-KEY", field="public_key")


@router.post("/reports/{report_id}/identity/requests", summary="Ask to know who reported")
async def ask(report_id: UUID, body: IdentityAsked, door: Annotated[Door, needs(*AT_THE_DESK)]) -> Done:
    """By who handles the report, with a reason; the reporter hears it before both custodians can have answered."""
    state, version = await handled(door, report_id)
    must_be_key(body.public_key)
    request_id = door.new_id()

    def command(ref: UUID | None) -> To:
        assert ref
        asked = identity.Ask(request_id, door.actor.person_id, body.ground, ref, body.public_key, state.agreed, door.now)
        return To("identity", report_id, asked)

    return await door.command(command, personal={"text": body.reason}, about=report_id, read={("report", report_id): version})


@router.get("/reports/{report_id}/identity/requests", summary="What became of my requests to know who reported")
async def show_asked(report_id: UUID, door: Annotated[Door, needs(*AT_THE_DESK)]) -> list[Asked]:
    """Visible to who asked and to nobody else, and for a while."""
    await handled(door, report_id)
    found = await door.known("identity", report_id)
    state = found[0]
    mine = [each for each in state.askings if each.by == door.actor.person_id]
    reasons = await door.read_vaults([each.denied_reason for each in mine if each.denied_reason], "answer_to_request")
    return [asked(each, state, reasons.get(each.denied_reason, {}).get("text") if each.denied_reason else None) for each in mine]


def asked(each: identity.Asking, state: identity.Identity, denied_reason: str | None) -> Asked:
    """A request as who asked sees it."""
    is_open = each.verdict is identity.Verdict.OPENED
    order_ = [half.custodian for half in state.halves]
    halves = [half.sealed for half in sorted(each.handed, key=lambda half: order_.index(half.custodian))]
    return Asked(
        request_id=each.id,
        verdict=each.verdict,
        handed_on=len(each.handed),
        denied_reason=denied_reason,
        box=state.box if is_open else None,
        halves=halves if is_open else [],
    )


@router.get("/custody/requests", summary="Requests that I decide as a custodian")
async def list_wanted(door: Annotated[Door, needs("custodian")]) -> list[Wanted]:
    """Each with the half that was sealed to me, and the key of who asks."""
    me = door.actor.person_id
    wanted: list[Wanted] = []
    for report_id, (state, _) in (await door.states("identity", [row["id"] for row in await door.fetch(OPEN)])).items():
        half = next((each.sealed for each in state.halves if each.custodian == me), None)
        for each in state.askings:
            if half is not None and each.verdict is identity.Verdict.ASKED and each.by != me:
                reason = (await door.read_vaults([each.reason], "decision_of_custodian")).get(each.reason, {}).get("text", "")
                done = any(handed.custodian == me for handed in each.handed)
                wanted.append(
                    Wanted(
                        report_id=report_id,
                        request_id=each.id,
                        by=each.by,
                        ground=each.ground,
                        reason=reason,
                        public_key=each.public_key,
                        half=half,
                        handed_on=done,
                    )
                )
    return wanted


@router.post("/custody/requests/{report_id}/{request_id}/half", summary="Hand my half on to who asked")
async def hand_on(report_id: UUID, request_id: UUID, body: HalfHanded, door: Annotated[Door, needs("custodian")]) -> Done:
    """With the other custodian's it opens the identity for who asked, and for nobody else."""
    return await door.command(To("identity", report_id, identity.HandOn(request_id, door.actor.person_id, body.sealed, door.now)))


@router.post("/custody/requests/{report_id}/{request_id}/denial", summary="Say no to a request")
async def deny(report_id: UUID, request_id: UUID, body: Declined, door: Annotated[Door, needs("custodian")]) -> Done:
    """Who asked sees why."""
    if await door.state("identity", report_id) is None:
        raise door.missing()

    def command(ref: UUID | None) -> To:
        assert ref
        return To("identity", report_id, identity.Deny(request_id, door.actor.person_id, ref, door.now))

    return await door.command(command, personal={"text": body.reason}, about=report_id)
