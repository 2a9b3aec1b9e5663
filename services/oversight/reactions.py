"""What is heard, as commands for what is owed; and what of it is remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from cg_contracts import org
from cg_contracts.accounts import OUTSIDE, SERVICES, source_of
from cg_contracts.base import CATALOGUE, Contract, Fact, Request
from cg_contracts.obligations import OBLIGATIONS, Carried, Obligation, Owes, Says, Taken, read
from cg_contracts.oversight import DebtorKind, StepKind, StepsTakenV1
from cg_kit.pure import Cause, Remembered, To
from cg_kit.pure.terms import Term, start_of
from services.oversight.domain import obligation, party
from services.oversight.domain.obligation import Debtor, obligation_for

ACCOUNTS = {source_of(name): name for name in (*SERVICES, *OUTSIDE)}
Reaction = Callable[[Contract, Cause], Iterable[To]]


def says(it: type[Contract] | Says, promise: Obligation) -> Says:
    """Where a message says which obligation it concerns: by default in the field of the trigger's key, or in the key of a request, of which no more is seen."""
    if isinstance(it, Says):
        return it
    return Says(it, it.about.key if issubclass(it, Request) else promise.key)


def about(message: Contract, it: Says) -> str | None:
    """What the message is about, in the words of the trigger's key; None when it is about something else."""
    said = read(message, it.key)
    if said is None or not it.form:
        return said
    before, after = it.form.split("{}")
    if not (said.startswith(before) and said.endswith(after)):
        return None
    return said[len(before) : len(said) - len(after)]


def debtors(promise: Obligation, message: Contract) -> Iterable[tuple[str, Debtor]]:
    """Who owes, each with the name under which it is kept apart from the others."""
    owes = promise.owed_by
    for name in owes.names:
        yield name, Debtor(owes.kind, name)
    if owes.field and (debtor := named_in(owes, message)) is not None:
        yield "", debtor


def named_in(owes: Owes | None, message: Contract) -> Debtor | None:
    """The debtor that a message names."""
    if owes is None:
        return None
    name = owes.names[0] if owes.names else read(message, owes.field)
    return Debtor(owes.kind, name) if name is not None else named_in(owes.otherwise, message)


def meant(promise: Obligation, speaker: str) -> Iterable[str]:
    """Whose obligation a message of this speaker proves: of several debtors each proves its own."""
    return everyone(promise) if len(promise.owed_by.names) < 2 else itself(promise, speaker)


def itself(promise: Obligation, speaker: str) -> Iterable[str]:
    """The debtor, when it is the speaker."""
    return (speaker,) if speaker in promise.owed_by.names else ()


def everyone(promise: Obligation) -> Iterable[str]:
    """All debtors of one trigger."""
    return promise.owed_by.names or ("",)


def due_at(promise: Obligation, message: Contract | None, heard: datetime) -> datetime | None:
    """When it is due: as the trigger says, or a term after it; None when the trigger says that nothing is."""
    within = promise.within
    if isinstance(within, Carried):
        return instant(getattr(message, within.field, None), ends=within.ends)
    start = instant(getattr(message, within.start, None), ends=False) if within.start else None
    return Term(within.n, within.unit).due(start or heard).due


def instant(value: datetime | date | None, *, ends: bool) -> datetime | None:
    """An instant as it is; a day as it begins, or ends, in Brussels."""
    if value is None or isinstance(value, datetime):
        return value
    return start_of(value + timedelta(days=1) if ends else value).astimezone(UTC)


# The table, made from the declarations


def opening(promise: Obligation) -> Reaction:
    """The trigger: one obligation for each debtor."""

    def open_(message: Contract, cause: Cause) -> Iterable[To]:
        if any(read(message, name) != value for name, value in promise.only.items()):
            return
        key, due = read(message, promise.key), due_at(promise, message, cause.at)
        if key is None or due is None:
            return
        for name, debtor in debtors(promise, message):
            command = obligation.Open(promise.name, key, debtor, cause.id, type(message).about.type, due, cause.at)
            yield To("obligation", obligation_for(promise.name, key, name), command)

    return open_


def ordered(promise: Obligation, it: type[Contract]) -> bool:
    """Whether trigger and proof stand under one key of one topic, so that they are heard in the order in which they were said."""
    opens = promise.opens.about
    return not issubclass(it, Request) and opens.owner == it.about.owner and bool(set(opens.keys) & set(it.about.keys))


def saying(promise: Obligation, it: Says, whose: Callable[[str], Iterable[str]], make: Callable[[Contract, Cause], obligation.Command | None]) -> Reaction:
    """A message that does something to an obligation that may be there."""

    def say(message: Contract, cause: Cause) -> Iterable[To]:
        key, command = about(message, it), make(message, cause)
        if key is None or command is None:
            return
        for name in whose(cause.account):
            yield To("obligation", obligation_for(promise.name, key, name), command)

    return say


def ending(what: type[obligation.Cancel | obligation.Suspend], in_order: bool) -> Callable[[Contract, Cause], obligation.Command]:
    """That nothing is owed any more, or not for now."""
    return lambda _, cause: what(cause.id, cause.at, in_order)


def reactions_of(promise: Obligation) -> Iterable[tuple[type[Contract] | Taken, Reaction]]:
    """Everything that one declaration hears, and what it makes of it."""
    yield promise.opens, opening(promise)
    for each in promise.met_by:
        it = says(each.what if isinstance(each, Taken) else each, promise)
        in_order = not isinstance(each, Taken) and ordered(promise, it.what)

        def meet(message: Contract, cause: Cause, in_order: bool = in_order) -> obligation.Command:
            return obligation.Meet(obligation.Proof(cause.id, cause.type, cause.at), in_order)

        if isinstance(each, Taken):
            yield each, saying(promise, it, lambda speaker: itself(promise, speaker), meet)
        else:
            yield it.what, saying(promise, it, lambda speaker: meant(promise, speaker), meet)
    for each in promise.cancelled_by:
        it = says(each, promise)
        yield it.what, saying(promise, it, lambda _: everyone(promise), ending(obligation.Cancel, ordered(promise, it.what)))
    for each in promise.suspended_by:
        it = says(each, promise)
        yield it.what, saying(promise, it, lambda _: everyone(promise), ending(obligation.Suspend, ordered(promise, it.what)))
    for moves in promise.moved_by:

        def move(message: Contract, cause: Cause, moves: Says = moves) -> obligation.Command | None:
            due = instant(getattr(message, moves.due), ends=isinstance(promise.within, Carried) and promise.within.ends)
            return None if due is None else obligation.Move(due, cause.at, ordered(promise, moves.what))

        yield moves.what, saying(promise, moves, lambda _: everyone(promise), move)
    for what in promise.reowned_by:

        def reown(message: Contract, cause: Cause) -> obligation.Command | None:
            debtor = named_in(promise.owed_by, message)
            return None if debtor is None else obligation.Reown(debtor, cause.at)

        yield what, saying(promise, says(what, promise), lambda _: everyone(promise), reown)


HEARD: dict[type[Contract], list[Reaction]] = defaultdict(list)
"""Message -> what the declared obligations make of it."""

TAKEN: dict[type[Contract], list[Reaction]] = defaultdict(list)
"""Fact -> what they make of it that a service took it."""

for each in OBLIGATIONS:
    for what, reaction in reactions_of(each):
        if isinstance(what, Taken):
            TAKEN[what.what].append(reaction)
        else:
            HEARD[what].append(reaction)


def hear(message: Fact, cause: Cause) -> Iterable[To]:
    """A fact: what it means for what is owed."""
    for reaction in HEARD.get(type(message), ()):
        yield from reaction(message, cause)
    if (place := PLACES.get(type(message))) is not None:
        yield from place(message, cause)


def hear_steps(taken: StepsTakenV1, cause: Cause) -> Iterable[To]:
    """What a service took of what was said, by its envelope, hence its key: of a request to that service who said it counts, of a fact who took it."""
    for step in taken.steps:
        contract = CATALOGUE.get(step.type)
        if step.step is not StepKind.ACCEPTED or step.subject is None or contract is None or len(contract.about.keys) != 1:
            continue
        fact = issubclass(contract, Fact)
        if not fact and contract.about.owner != taken.service:
            continue
        said = contract.model_construct(None, **{contract.about.keys[0]: step.subject})
        account = taken.service if fact else ACCOUNTS.get(step.source, "")
        for reaction in (TAKEN if fact else HEARD).get(contract, ()):
            yield from reaction(said, Cause(step.id, step.type, step.source, account, cause.at))


def remember(message: Contract, envelope: Remembered) -> Iterable[Remembered]:
    """What is kept of what is heard: of a fact its envelope, and of the steps that a service took each."""
    if not isinstance(message, StepsTakenV1):
        yield envelope
        return
    for step in message.steps:
        roles = " ".join(step.roles) or None
        yield Remembered(
            step.id, message.service, step.step, step.type, step.source, step.subject, step.at, step.causationid, step.correlationid, step.rule, roles
        )


# Where posts, units and zones are, and who is in the place of those that are gone


def place_unit(fact: org.OrgUnitEstablishedV1 | org.OrgUnitChangedV1 | org.OrgUnitChangeTookEffectV1 | org.OrgUnitCorrectedV1, _cause: Cause) -> Iterable[To]:
    """A unit is under its parent."""
    yield To("party", fact.unit_id, party.Place(DebtorKind.UNIT, fact.parent_id))


def place_post(fact: org.PostOpenedV1, _cause: Cause) -> Iterable[To]:
    """A post is in its unit."""
    yield To("party", fact.post_id, party.Place(DebtorKind.POST, fact.unit_id))


def move_post(fact: org.PostMovedV1, _cause: Cause) -> Iterable[To]:
    """A post is in another unit, with what it owes."""
    yield To("party", fact.post_id, party.Place(DebtorKind.POST, fact.to_unit_id))


def end_post(fact: org.PostAbolishedV1, cause: Cause) -> Iterable[To]:
    """What a post owed, its unit owes."""
    yield To("party", fact.post_id, party.End(None, cause.at))


def end_unit(fact: org.OrgUnitAbolishedV1, cause: Cause) -> Iterable[To]:
    """What a unit owed, the first of its successors owes, or else the unit that it was in."""
    heir = Debtor(DebtorKind.UNIT, str(fact.successor_ids[0])) if fact.successor_ids else None
    yield To("party", fact.unit_id, party.End(heir, cause.at))


def end_zones(fact: org.PoliceZonesMergedV1, cause: Cause) -> Iterable[To]:
    """What zones owed, the one in their place owes."""
    for zone_id in fact.from_zone_ids:
        yield To("party", zone_id, party.End(Debtor(DebtorKind.ZONE, str(fact.to_zone_id)), cause.at))


PLACES: dict[type[Contract], Callable[..., Iterable[To]]] = {
    org.OrgUnitEstablishedV1: place_unit,
    org.OrgUnitChangedV1: place_unit,
    org.OrgUnitChangeTookEffectV1: place_unit,
    org.OrgUnitCorrectedV1: place_unit,
    org.PostOpenedV1: place_post,
    org.PostMovedV1: move_post,
    org.PostAbolishedV1: end_post,
    org.OrgUnitAbolishedV1: end_unit,
    org.PoliceZonesMergedV1: end_zones,
}


# Who owes what


def burden(event: obligation.Opened | obligation.Reowned, cause: Cause) -> Iterable[To]:
    """A post, unit or zone knows what it owes, so that its heir will."""
    assert cause.aggregate
    if event.debtor.party is not None:
        yield To("party", event.debtor.party, party.Owe(event.debtor.kind, cause.aggregate, event.at))


def settle(event: obligation.Met | obligation.Cancelled, cause: Cause) -> Iterable[To]:
    """What is done or over is owed no longer."""
    assert cause.aggregate
    if event.debtor is not None and event.debtor.party is not None:
        yield To("party", event.debtor.party, party.Settle(cause.aggregate))


def pass_on(event: party.Succeeded, _cause: Cause) -> Iterable[To]:
    """The heir owes what was owed."""
    for obligation_id in event.obligations:
        yield To("obligation", obligation_id, obligation.Reown(event.heir, event.at))
