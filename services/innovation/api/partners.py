"""The network: organisations outside."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cg_contracts.base import Ref
from cg_contracts.innovation import PartnerKind
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.innovation import queries
from services.innovation.api.shared import BOARD, OFFICER, Reasoned, Themes, Title
from services.innovation.domain import partner

router = APIRouter()

Officer = Annotated[Door, needs(OFFICER)]


class PartnerMet(Body):
    """An organisation, and who of us keeps the contact."""

    name: Title
    kind: PartnerKind
    theme_codes: Themes
    contact: UUID


class AgreementSigned(Body):
    """Where the agreement lies, and until when it is."""

    agreement_ref: Ref
    until: date


@router.get("/partners", summary="Partners")
async def list_partners(
    door: Annotated[Door, needs(OFFICER, BOARD)],
    status: Annotated[partner.Status | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 100,
) -> queries.pilots.Partners:
    """Whom we work with, or might."""
    return await queries.pilots.partners(door, status, after, limit)


@router.post("/partners", summary="Note an organisation that may be of use")
async def meet(body: PartnerMet, door: Officer) -> Done:
    """A prospect."""
    return await door.command(To("partner", door.new_id(), partner.Meet(body.name, body.kind, tuple(body.theme_codes), body.contact, door.now)))


@router.post("/partners/{partner_id}/engagement", summary="Begin to work together")
async def engage(partner_id: UUID, door: Officer) -> Done:
    """From now on its people can be invited, and are screened."""
    return await door.command(To("partner", partner_id, partner.Engage(door.actor.person_id, door.now)))


@router.post("/partners/{partner_id}/agreement", summary="Note an agreement")
async def sign(partner_id: UUID, body: AgreementSigned, door: Officer) -> Done:
    """Until its day."""
    return await door.command(To("partner", partner_id, partner.Sign(body.agreement_ref, body.until, door.actor.person_id, door.now)))


@router.post("/partners/{partner_id}/end", summary="Work together no longer")
async def end(partner_id: UUID, body: Reasoned, door: Officer) -> Done:
    """With a reason."""
    return await door.command(To("partner", partner_id, partner.EndPartner(body.why(door), door.now)))
