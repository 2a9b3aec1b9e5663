"""A post: who may hold it, when, and with what access."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg_contracts.levels import Level
from cg_contracts.org import AppointmentKind, Sensitivity
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import start_of
from services.org import outgoing
from services.org.domain import absence, mandate, post
from services.org.domain.post import (
    NEW,
    Abolish,
    Access,
    Advice,
    Approve,
    Brief,
    Confirmed,
    ConfirmRevocation,
    Correct,
    Corrected,
    End,
    EndPlanned,
    LateNoted,
    LoseAdvice,
    LoseClearance,
    Move,
    NoteAppeal,
    NoteApplication,
    NoteCase,
    NoteLate,
    NoteTerm,
    Open,
    Post,
    Propose,
    Reactivate,
    Reject,
    Rejected,
    Resource,
    ScreeningAsked,
    Seat,
    Standing,
    Started,
    Status,
    TakeAdvice,
    TakeClearance,
    decide,
    due,
    evolve,
    find,
)

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
START = date(2026, 6, 1)
AT_START = start_of(START)
LATER = AT_START + timedelta(days=30)
YEARS = NOON + timedelta(days=1800)
POST, UNIT, ANN, BOB, CLERK, CHIEF = (named("test", name) for name in ("post", "unit", "ann", "bob", "clerk", "chief"))
ASSIGNMENT, OTHER, REQUEST, CASE, APPLICATION, CLEARANCE, NEWER = (
    named("test", name) for name in ("assignment", "other", "request", "case", "application", "clearance", "newer")
)
BADGE, REGISTER, VAULT = Resource("building"), Resource("secret_register", Level.GEHEIM), Resource("crypto_room", Level.ZEER_GEHEIM)
CLEARED = Seat(
    UNIT, "analyst", {"nl": "Analist", "fr": "Analyste"}, False, Sensitivity.CLEARANCE_REQUIRED, Level.GEHEIM, (BADGE, REGISTER, VAULT), "KB", date(2020, 1, 1)
)
ADVISED = replace(CLEARED, sensitivity=Sensitivity.ADVICE_REQUIRED, required_level=None, resources=(BADGE,))
PLAIN = replace(ADVISED, sensitivity=Sensitivity.NONE)

PROPOSE = Propose(ASSIGNMENT, REQUEST, ANN, AppointmentKind.PERMANENT, START, "decision 7", NOON)
TAKE_ADVICE = TakeAdvice(ASSIGNMENT, Advice(CASE, YEARS), NOON)
TAKE_CLEARANCE = TakeClearance(ASSIGNMENT, CLEARANCE, Level.GEHEIM, YEARS, NOON)
BRIEF = Brief(ASSIGNMENT, CLEARANCE, NOON, NOON)
WITHDRAWN = LoseClearance(ASSIGNMENT, CLEARANCE, None, "clearance_withdrawn", LATER)


def vacant(seat: Seat) -> Post:
    return after(NEW, Open(seat, CLERK, NOON), Approve(CHIEF, NOON))


def after(state: Post, *commands: Any) -> Post:
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), f"{command} is refused: {events}"
        for event in events:
            state = evolve(state, event)
    return state


def start(state: Post) -> Post:
    return after(state, Due(f"start:{ASSIGNMENT}", AT_START))


def entitlement(state: Post, resource: Resource) -> post.Entitlement:
    return next(each for it in state.assignments for each in it.entitlements if each.resource == resource)


def told(state: Post, *commands: Any) -> list[str]:
    names = []
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused)
        for event in events:
            state = evolve(state, event)
            names += [message.about.name for message in outgoing.tell_post(POST, event, state)]
    return names


VACANT = vacant(CLEARED)
PENDING = after(VACANT, PROPOSE)
GRANTED = after(PENDING, TAKE_CLEARANCE)
CONFIRMED = after(GRANTED, BRIEF)
ACTIVE = start(CONFIRMED)
SUSPENDED = after(ACTIVE, WITHDRAWN)
ADVICE_PENDING = after(vacant(ADVISED), PROPOSE)
ADVICE_ACTIVE = start(after(ADVICE_PENDING, TAKE_ADVICE))


class TestOpening:
    def test_a_post_is_told_once_somebody_else_approves_it(self) -> None:
        assert told(NEW, Open(CLEARED, CLERK, NOON)) == []
        assert told(after(NEW, Open(CLEARED, CLERK, NOON)), Approve(CHIEF, NOON)) == ["PostOpened"]

    def test_who_proposes_does_not_approve(self) -> None:
        assert decide(after(NEW, Open(CLEARED, CLERK, NOON)), Approve(CLERK, NOON)) == Refused("ORG-FOUR-EYES")

    @pytest.mark.parametrize("seat", [replace(CLEARED, required_level=None), replace(PLAIN, required_level=Level.GEHEIM)])
    def test_only_a_post_with_clearance_names_a_level(self, seat: Seat) -> None:
        assert decide(NEW, Open(seat, CLERK, NOON)) == Refused("ORG-POST-LEVEL", "required_level")

    def test_the_same_post_again_changes_nothing(self) -> None:
        assert decide(VACANT, Open(CLEARED, CLERK, NOON)) == decide(VACANT, Approve(CHIEF, NOON)) == []

    def test_another_post_under_its_id_is_refused(self) -> None:
        assert decide(VACANT, Open(PLAIN, CLERK, NOON)) == Refused("ORG-POST-EXISTS", "post_id")

    def test_nobody_is_proposed_for_what_does_not_exist_or_is_not_approved(self) -> None:
        assert decide(NEW, PROPOSE) == Refused("ORG-POST", "post_id")
        assert decide(after(NEW, Open(CLEARED, CLERK, NOON)), PROPOSE) == Refused("ORG-POST-CLOSED", "post_id")


class TestProposing:
    def test_a_sensitive_post_is_reserved_and_screening_is_asked(self) -> None:
        assert told(VACANT, PROPOSE) == ["AppointmentProposed", "ScreeningRequested"]
        assert PENDING.status is Status.RESERVED

    def test_a_plain_post_is_confirmed_at_once(self) -> None:
        assert told(vacant(PLAIN), PROPOSE) == ["AppointmentProposed", "AssignmentConfirmed"]

    def test_screening_is_asked_for_what_the_post_needs(self) -> None:
        asked = ScreeningAsked(ASSIGNMENT, named("screening-request", ASSIGNMENT))
        [clearance] = outgoing.tell_post(POST, asked, PENDING)
        [advice] = outgoing.tell_post(POST, asked, ADVICE_PENDING)
        assert (clearance.kind, clearance.required_level, clearance.needed_by) == ("clearance", Level.GEHEIM, START)  # type: ignore[attr-defined]
        assert (advice.kind, advice.required_level) == ("advice", None)  # type: ignore[attr-defined]

    @pytest.mark.parametrize("state", [PENDING, CONFIRMED, ACTIVE, SUSPENDED])
    def test_org_2_a_second_holder_is_refused(self, state: Post) -> None:
        assert decide(state, replace(PROPOSE, assignment_id=OTHER, person_id=BOB)) == Refused("ORG-2", "post_id")

    @pytest.mark.parametrize("state", [CONFIRMED, ACTIVE])
    def test_org_2_no_interim_while_the_holder_is_there(self, state: Post) -> None:
        assert decide(state, replace(PROPOSE, assignment_id=OTHER, person_id=BOB, kind=AppointmentKind.INTERIM)) == Refused("ORG-2", "post_id")

    @pytest.mark.parametrize("state", [VACANT, PENDING])
    def test_org_2_an_interim_fills_the_time_until_there_is_a_holder(self, state: Post) -> None:
        interim = replace(PROPOSE, assignment_id=OTHER, person_id=BOB, kind=AppointmentKind.INTERIM)
        assert find(after(state, interim), OTHER) is not None
        assert decide(CONFIRMED, replace(interim, planned_start=START - timedelta(days=10))) != Refused("ORG-2", "post_id")

    def test_org_2_one_interim_stands_in_for_an_absent_holder(self) -> None:
        interim = replace(PROPOSE, assignment_id=OTHER, person_id=BOB, kind=AppointmentKind.INTERIM)
        stood_in = after(SUSPENDED, interim)
        assert decide(stood_in, replace(interim, assignment_id=named("third"))) == Refused("ORG-2", "post_id")

    def test_org_2_a_successor_may_be_proposed_from_the_day_the_holder_ends(self) -> None:
        ending = after(ACTIVE, End(ASSIGNMENT, date(2027, 1, 1), "retired", LATER))
        successor = replace(PROPOSE, assignment_id=OTHER, person_id=BOB, planned_start=date(2027, 1, 1))
        assert decide(ending, replace(successor, planned_start=date(2026, 12, 31))) == Refused("ORG-2", "post_id")
        assert find(after(ending, successor), OTHER) is not None

    def test_the_same_request_again_changes_nothing(self) -> None:
        assert decide(PENDING, PROPOSE) == []
        assert decide(PENDING, replace(PROPOSE, person_id=BOB)) == Refused("ORG-REQUEST-REUSED", "request_id")

    def test_after_a_rejection_the_post_is_vacant_again(self) -> None:
        assert after(PENDING, Reject(ASSIGNMENT, "clearance_refused", NOON)).status is Status.VACANT


class TestScreening:
    def test_a_positive_advice_confirms(self) -> None:
        assert told(ADVICE_PENDING, TAKE_ADVICE) == ["AssignmentConfirmed"]

    def test_a_negative_answer_rejects(self) -> None:
        assert decide(ADVICE_PENDING, Reject(ASSIGNMENT, "advice_negative", NOON)) == [Rejected(ASSIGNMENT, ANN, "advice_negative", NOON)]

    def test_org_3_an_advice_is_no_clearance(self) -> None:
        assert decide(PENDING, TAKE_ADVICE) == Refused("ORG-3")

    def test_org_3_an_advice_that_has_lapsed_confirms_nothing(self) -> None:
        assert decide(ADVICE_PENDING, replace(TAKE_ADVICE, at=YEARS)) == Refused("ORG-3")

    def test_late_is_noted_and_is_not_positive(self) -> None:
        assert decide(ADVICE_PENDING, NoteLate(ASSIGNMENT, NOON)) == [LateNoted(ASSIGNMENT, NOON)]
        assert after(ADVICE_PENDING, NoteLate(ASSIGNMENT, NOON)).status is Status.RESERVED

    def test_a_term_that_ends_later_is_noted_while_it_is_waited_for(self) -> None:
        assert after(ADVICE_PENDING, NoteTerm(ASSIGNMENT, NOON)).assignments[0].decision_due_at == NOON
        assert decide(after(ADVICE_PENDING, NoteTerm(ASSIGNMENT, NOON)), NoteTerm(ASSIGNMENT, NOON)) == []
        assert decide(after(ADVICE_PENDING, TAKE_ADVICE), NoteTerm(ASSIGNMENT, NOON)) == []

    def test_a_clearance_alone_confirms_nothing(self) -> None:
        assert told(PENDING, TAKE_CLEARANCE) == []

    def test_the_briefing_confirms(self) -> None:
        assert told(GRANTED, BRIEF) == ["AssignmentConfirmed"]

    def test_the_confirmation_rests_on_the_application(self) -> None:
        sent = after(PENDING, NoteCase(ASSIGNMENT, CASE, None), NoteApplication(ASSIGNMENT, CASE, APPLICATION, YEARS), TAKE_CLEARANCE, BRIEF)
        [said] = outgoing.tell_post(POST, Confirmed(ASSIGNMENT, "clearance_granted", NOON), sent)
        assert (said.application_id, said.case_id) == (APPLICATION, None)  # type: ignore[attr-defined]

    def test_org_3_a_clearance_that_is_too_low_rejects(self) -> None:
        assert told(PENDING, replace(TAKE_CLEARANCE, level=Level.VERTROUWELIJK)) == ["AssignmentRejected"]

    def test_a_briefing_on_an_unknown_clearance_is_refused(self) -> None:
        assert decide(PENDING, BRIEF) == Refused("ORG-CLEARANCE", "clearance_id")

    def test_org_3_a_briefing_on_an_expired_clearance_confirms_nothing(self) -> None:
        assert decide(GRANTED, replace(BRIEF, at=YEARS)) == Refused("ORG-3")

    def test_a_decision_on_nothing_we_know_is_refused(self) -> None:
        assert decide(VACANT, TAKE_ADVICE) == Refused("ORG-ASSIGNMENT", "assignment_id")
        assert decide(NEW, TAKE_ADVICE) == Refused("ORG-POST", "post_id")

    def test_a_decision_after_the_rejection_is_refused(self) -> None:
        assert decide(after(ADVICE_PENDING, Reject(ASSIGNMENT, "consent_withdrawn", NOON)), TAKE_ADVICE) == Refused("ORG-STATE")

    @pytest.mark.parametrize(("state", "command"), [(CONFIRMED, TAKE_CLEARANCE), (CONFIRMED, BRIEF), (ADVICE_ACTIVE, TAKE_ADVICE)])
    def test_what_is_said_twice_changes_nothing(self, state: Post, command: post.Command) -> None:
        assert decide(state, command) == []


class TestActing:
    def test_a_confirmed_person_starts_on_the_planned_day(self) -> None:
        assert Deadline(f"start:{ASSIGNMENT}", AT_START, ASSIGNMENT) in due(CONFIRMED)

    def test_who_is_confirmed_after_the_planned_day_starts_at_once(self) -> None:
        assert Deadline(f"start:{ASSIGNMENT}", LATER, ASSIGNMENT) in due(after(GRANTED, replace(BRIEF, given_at=LATER, at=LATER)))

    def test_starting_grants_what_the_clearance_covers(self) -> None:
        assert told(CONFIRMED, Due(f"start:{ASSIGNMENT}", AT_START)) == ["AssignmentStarted", "AccessEntitlementGranted", "AccessEntitlementGranted"]
        assert {each.resource for it in ACTIVE.assignments for each in it.entitlements} == {BADGE, REGISTER}

    def test_org_3_who_lost_the_clearance_before_the_start_does_not_start(self) -> None:
        lost = after(CONFIRMED, replace(WITHDRAWN, at=NOON))
        assert find(lost, ASSIGNMENT).standing is Standing.SUSPENDED  # type: ignore[union-attr]
        assert decide(lost, Due(f"start:{ASSIGNMENT}", AT_START)) == []

    def test_org_3_a_clearance_that_expires_suspends_by_itself(self) -> None:
        assert Deadline(f"lapse:{ASSIGNMENT}", YEARS, ASSIGNMENT) in due(ACTIVE)
        assert told(ACTIVE, Due(f"lapse:{ASSIGNMENT}", YEARS)) == ["AssignmentSuspended", "AccessEntitlementSuspended"]

    def test_a_renewed_clearance_carries_on(self) -> None:
        renewed = after(
            ACTIVE,
            TakeClearance(ASSIGNMENT, NEWER, Level.GEHEIM, YEARS + 1000 * HOUR, LATER),
            Brief(ASSIGNMENT, NEWER, LATER, LATER),
            LoseClearance(ASSIGNMENT, CLEARANCE, None, "clearance_expired", YEARS),
        )
        assert find(renewed, ASSIGNMENT).standing is Standing.ACTIVE  # type: ignore[union-attr]
        assert Deadline(f"lapse:{ASSIGNMENT}", YEARS + 1000 * HOUR, ASSIGNMENT) in due(renewed)

    def test_an_end_to_come_is_planned_and_then_comes(self) -> None:
        day = date(2026, 12, 1)
        assert decide(ACTIVE, End(ASSIGNMENT, day, "retired", LATER)) == [EndPlanned(ASSIGNMENT, day, "retired", LATER)]
        ending = after(ACTIVE, End(ASSIGNMENT, day, "retired", LATER))
        assert told(ending, Due(f"end:{ASSIGNMENT}", start_of(day))) == ["AssignmentEnded"]
        assert after(ending, Due(f"end:{ASSIGNMENT}", start_of(day))).status is Status.VACANT

    def test_with_the_assignment_its_access_ends(self) -> None:
        ended = after(ACTIVE, End(ASSIGNMENT, START, "moved", LATER))
        assert {each.access for it in ended.assignments for each in it.entitlements} == {Access.EXPIRED}

    def test_a_planned_end_is_not_put_off(self) -> None:
        ending = after(ACTIVE, End(ASSIGNMENT, date(2026, 12, 1), "retired", LATER))
        assert decide(ending, End(ASSIGNMENT, date(2027, 1, 1), "retired", LATER)) == Refused("ORG-2", "on")


class TestLosing:
    def test_a_withdrawn_clearance_suspends_the_person_and_what_is_above(self) -> None:
        assert told(ACTIVE, WITHDRAWN) == ["AssignmentSuspended", "AccessEntitlementSuspended"]
        assert entitlement(SUSPENDED, REGISTER).access is Access.SUSPENDED
        assert entitlement(SUSPENDED, BADGE).access is Access.GRANTED

    def test_a_lowered_clearance_leaves_what_it_still_covers(self) -> None:
        top = replace(CLEARED, required_level=Level.ZEER_GEHEIM)
        cleared = start(after(vacant(top), PROPOSE, replace(TAKE_CLEARANCE, level=Level.ZEER_GEHEIM), BRIEF))
        lowered = after(cleared, replace(WITHDRAWN, remaining=Level.GEHEIM, reason_code="clearance_lowered"))
        assert find(lowered, ASSIGNMENT).standing is Standing.SUSPENDED  # type: ignore[union-attr]
        assert [entitlement(lowered, each).access for each in (BADGE, REGISTER, VAULT)] == [Access.GRANTED, Access.GRANTED, Access.SUSPENDED]

    def test_a_lowered_clearance_that_is_still_enough_suspends_nobody(self) -> None:
        cleared = start(after(PENDING, replace(TAKE_CLEARANCE, level=Level.ZEER_GEHEIM), BRIEF))
        assert told(cleared, replace(WITHDRAWN, remaining=Level.GEHEIM)) == ["AccessEntitlementSuspended"]

    def test_an_advice_that_no_longer_counts_suspends_everything(self) -> None:
        assert told(ADVICE_ACTIVE, LoseAdvice(ASSIGNMENT, CASE, LATER)) == ["AssignmentSuspended", "AccessEntitlementSuspended"]

    def test_an_advice_that_was_reassessed_to_negative_says_so(self) -> None:
        lost = after(ADVICE_ACTIVE, LoseAdvice(ASSIGNMENT, CASE, LATER, "advice_reassessed"))
        assert find(lost, ASSIGNMENT).reason_code == "advice_reassessed"  # type: ignore[union-attr]

    def test_an_appeal_that_is_won_is_noted_and_brings_nothing_back(self) -> None:
        lost = after(ADVICE_ACTIVE, LoseAdvice(ASSIGNMENT, CASE, LATER))
        won = after(lost, NoteAppeal(ASSIGNMENT, LATER), TakeAdvice(ASSIGNMENT, Advice(CASE, None), LATER))
        assert find(won, ASSIGNMENT).standing is Standing.SUSPENDED  # type: ignore[union-attr]
        assert find(won, ASSIGNMENT).appeal_won_at == LATER  # type: ignore[union-attr]
        assert told(won, Reactivate(ASSIGNMENT, LATER))[0] == "AssignmentStarted"

    def test_a_clearance_lost_before_the_briefing_rejects(self) -> None:
        assert told(GRANTED, WITHDRAWN) == ["AssignmentRejected"]

    def test_access_is_to_be_off_within_the_hour(self) -> None:
        assert Deadline(f"revoke:{entitlement(SUSPENDED, REGISTER).id}", LATER + HOUR, ASSIGNMENT) in due(SUSPENDED)

    def test_a_confirmed_revocation_meets_the_hour(self) -> None:
        owed = entitlement(SUSPENDED, REGISTER).id
        assert told(SUSPENDED, ConfirmRevocation(owed, LATER)) == ["AccessEntitlementRevoked"]
        assert due(after(SUSPENDED, ConfirmRevocation(owed, LATER))) == set()

    def test_an_hour_without_confirmation_is_told_and_is_still_owed(self) -> None:
        owed = entitlement(SUSPENDED, REGISTER).id
        assert told(SUSPENDED, Due(f"revoke:{owed}", LATER + HOUR)) == ["AccessRevocationDeadlineMissed"]
        assert told(after(SUSPENDED, Due(f"revoke:{owed}", LATER + HOUR)), ConfirmRevocation(owed, LATER)) == ["AccessEntitlementRevoked"]

    def test_only_suspended_access_is_confirmed_to_be_off(self) -> None:
        assert decide(ACTIVE, ConfirmRevocation(entitlement(ACTIVE, BADGE).id, LATER)) == Refused("ORG-STATE")
        assert decide(ACTIVE, ConfirmRevocation(OTHER, LATER)) == Refused("ORG-ENTITLEMENT", "entitlement_id")


class TestComingBack:
    WON = after(SUSPENDED, TakeClearance(ASSIGNMENT, NEWER, Level.GEHEIM, YEARS, LATER))
    BRIEFED = after(WON, Brief(ASSIGNMENT, NEWER, LATER, LATER))

    def test_a_new_clearance_and_briefing_never_reactivate_by_themselves(self) -> None:
        assert find(self.BRIEFED, ASSIGNMENT).standing is Standing.SUSPENDED  # type: ignore[union-attr]

    @pytest.mark.parametrize("state", [SUSPENDED, WON])
    def test_org_3_nobody_comes_back_without_clearance_and_briefing(self, state: Post) -> None:
        assert decide(state, Reactivate(ASSIGNMENT, LATER)) == Refused("ORG-3")

    def test_a_person_reactivates_and_access_is_granted_again(self) -> None:
        assert told(self.BRIEFED, Reactivate(ASSIGNMENT, LATER)) == ["AssignmentStarted", "AccessEntitlementGranted"]
        assert entitlement(after(self.BRIEFED, Reactivate(ASSIGNMENT, LATER)), REGISTER).access is Access.GRANTED

    def test_before_the_planned_day_they_are_confirmed_again_and_start_on_it(self) -> None:
        lost = after(CONFIRMED, replace(WITHDRAWN, at=NOON))
        assert find(lost, ASSIGNMENT).standing is Standing.SUSPENDED  # type: ignore[union-attr]
        won = after(lost, TakeClearance(ASSIGNMENT, NEWER, Level.GEHEIM, YEARS, NOON), Brief(ASSIGNMENT, NEWER, NOON, NOON))
        back = after(won, Reactivate(ASSIGNMENT, NOON))
        assert find(back, ASSIGNMENT).standing is Standing.CONFIRMED  # type: ignore[union-attr]
        assert Deadline(f"start:{ASSIGNMENT}", AT_START, ASSIGNMENT) in due(back)

    def test_revoked_access_comes_back_as_a_new_entitlement(self) -> None:
        revoked = after(self.BRIEFED, ConfirmRevocation(entitlement(self.BRIEFED, REGISTER).id, LATER))
        back = find(after(revoked, Reactivate(ASSIGNMENT, LATER + HOUR)), ASSIGNMENT)
        assert back is not None
        assert sorted(each.access for each in back.entitlements if each.resource == REGISTER) == [Access.GRANTED, Access.REVOKED]

    def test_org_2_the_interim_stands_down_when_the_holder_comes_back(self) -> None:
        stood_in = after(self.BRIEFED, replace(PROPOSE, assignment_id=OTHER, person_id=BOB, kind=AppointmentKind.INTERIM))
        back = after(stood_in, Reactivate(ASSIGNMENT, LATER))
        assert [it.standing for it in back.assignments] == [Standing.ACTIVE, Standing.REJECTED]


def held(state: Post, on: date, known_at: datetime) -> list[tuple[UUID, Standing]]:
    return [(it.person_id, spell.standing) for it, spell in post.holders(state, on, known_at)]


class TestTwoTimes:
    """Who held this post on that date, as we knew it then (ORG-6)."""

    JULY, AUGUST = date(2026, 7, 15), date(2026, 8, 15)
    MUCH_LATER = LATER + timedelta(days=60)
    ENDED = after(ACTIVE, End(ASSIGNMENT, START + timedelta(days=60), "moved", MUCH_LATER))
    CORRECT = Correct(ASSIGNMENT, START, date(2026, 7, 1), "end_recorded_late", "decision 9", MUCH_LATER + HOUR)

    def test_nobody_held_it_before_it_was_confirmed_and_then_it_was_known_who_would(self) -> None:
        assert held(CONFIRMED, START, NOON - HOUR) == []
        assert held(PENDING, START, YEARS) == []
        assert held(CONFIRMED, START, NOON) == [(ANN, Standing.CONFIRMED)]
        assert held(ACTIVE, START, NOON) == [(ANN, Standing.CONFIRMED)]
        assert held(ACTIVE, START, AT_START) == [(ANN, Standing.ACTIVE)]
        assert held(ACTIVE, START - timedelta(days=1), YEARS) == []

    def test_who_starts_later_than_planned_held_it_from_then_on(self) -> None:
        late = after(GRANTED, replace(BRIEF, given_at=LATER, at=LATER))
        late = after(late, Due(f"start:{ASSIGNMENT}", LATER))
        assert held(late, START, YEARS) == []
        assert held(late, LATER.date(), YEARS) == [(ANN, Standing.ACTIVE)]

    def test_who_is_suspended_holds_it_and_does_not_act(self) -> None:
        assert held(SUSPENDED, date(2026, 6, 30), YEARS) == [(ANN, Standing.ACTIVE)]
        assert held(SUSPENDED, self.JULY, YEARS) == [(ANN, Standing.SUSPENDED)]
        assert held(SUSPENDED, self.JULY, LATER - HOUR) == [(ANN, Standing.ACTIVE)]

    def test_who_stands_in_is_named_before_who_is_absent(self) -> None:
        stood_in = after(
            after(vacant(PLAIN), PROPOSE, Due(f"start:{ASSIGNMENT}", AT_START)),
            End(ASSIGNMENT, date(2027, 1, 1), "leave", LATER),
        )
        absent = evolve(stood_in, post.Suspended(ASSIGNMENT, "leave", LATER))
        interim = replace(PROPOSE, assignment_id=OTHER, person_id=BOB, kind=AppointmentKind.INTERIM, planned_start=self.JULY, at=LATER)
        acting = after(absent, interim, Due(f"start:{OTHER}", start_of(self.JULY)))
        assert held(acting, self.JULY, YEARS) == [(BOB, Standing.ACTIVE), (ANN, Standing.SUSPENDED)]

    def test_org_6_a_retroactive_end_is_told_as_a_correction_too(self) -> None:
        assert told(ACTIVE, End(ASSIGNMENT, START + timedelta(days=60), "moved", self.MUCH_LATER)) == ["AssignmentEnded", "AssignmentCorrected"]
        assert held(self.ENDED, self.AUGUST, self.MUCH_LATER - HOUR) == [(ANN, Standing.ACTIVE)]
        assert held(self.ENDED, self.AUGUST, self.MUCH_LATER) == []

    def test_org_6_an_end_that_is_corrected_later_still_shows_what_was_known_before(self) -> None:
        corrected = after(self.ENDED, self.CORRECT)
        assert held(corrected, self.JULY, self.MUCH_LATER) == [(ANN, Standing.ACTIVE)]
        assert held(corrected, self.JULY, self.CORRECT.at) == []
        assert held(corrected, date(2026, 6, 15), self.CORRECT.at) == [(ANN, Standing.ACTIVE)]
        assert told(self.ENDED, self.CORRECT) == ["AssignmentCorrected"]

    def test_org_6_a_start_that_is_corrected_leaves_the_earlier_record(self) -> None:
        started = after(vacant(PLAIN), PROPOSE, Due(f"start:{ASSIGNMENT}", AT_START))
        earlier = after(started, Correct(ASSIGNMENT, date(2026, 5, 1), None, "start_wrong", "decision 9", LATER))
        assert held(earlier, date(2026, 5, 15), LATER - HOUR) == []
        assert held(earlier, date(2026, 5, 15), LATER) == [(ANN, Standing.ACTIVE)]

    def test_a_correction_is_told_with_the_period_that_holds(self) -> None:
        state = after(self.ENDED, self.CORRECT)
        [said] = outgoing.tell_post(POST, Corrected(ASSIGNMENT, START, date(2026, 7, 1), "end_recorded_late", "decision 9", self.CORRECT.at), state)
        assert (said.effective_from, said.effective_to) == (START, date(2026, 7, 1))  # type: ignore[attr-defined]
        assert said.recorded_at == self.CORRECT.at  # type: ignore[attr-defined]

    def test_it_may_turn_out_that_somebody_never_held_it(self) -> None:
        never = after(self.ENDED, replace(self.CORRECT, valid_to=START))
        assert held(never, START, self.CORRECT.at) == []
        assert held(never, START, self.MUCH_LATER) == [(ANN, Standing.ACTIVE)]

    @pytest.mark.parametrize(
        ("state", "start", "end", "field"),
        [
            (ACTIVE, date(2027, 1, 1), None, "valid_from"),
            (ACTIVE, date(2019, 1, 1), None, "valid_from"),
            (ACTIVE, START, date(2026, 12, 1), "valid_to"),
            (ENDED, START, None, "valid_to"),
            (ENDED, START, date(2027, 1, 1), "valid_to"),
            (ENDED, date(2026, 7, 1), START, "valid_to"),
        ],
    )
    def test_what_is_to_come_is_not_corrected(self, state: Post, start: date, end: date | None, field: str) -> None:
        assert decide(state, replace(self.CORRECT, valid_from=start, valid_to=end)) == Refused("ORG-PERIOD", field)

    @pytest.mark.parametrize("state", [PENDING, CONFIRMED, after(PENDING, Reject(ASSIGNMENT, "clearance_refused", NOON))])
    def test_who_never_held_it_has_nothing_to_be_corrected(self, state: Post) -> None:
        assert decide(state, self.CORRECT) == Refused("ORG-STATE")

    def test_org_3_nobody_turns_out_to_have_acted_without_what_the_post_asks(self) -> None:
        assert decide(ACTIVE, replace(self.CORRECT, valid_from=date(2026, 4, 1), valid_to=None)) == Refused("ORG-3", "valid_from")
        lost = after(self.ENDED, LoseClearance(ASSIGNMENT, CLEARANCE, None, "clearance_withdrawn", self.MUCH_LATER))
        assert decide(lost, replace(self.CORRECT, valid_to=date(2026, 8, 20))) == Refused("ORG-3", "valid_to")
        assert not isinstance(decide(self.ENDED, replace(self.CORRECT, valid_to=date(2026, 8, 20))), Refused)

    def test_org_2_a_correction_makes_no_two_holders(self) -> None:
        freed = after(after(vacant(PLAIN), PROPOSE, Due(f"start:{ASSIGNMENT}", AT_START)), End(ASSIGNMENT, START + timedelta(days=30), "moved", LATER))
        next_one = replace(PROPOSE, assignment_id=OTHER, person_id=BOB, planned_start=self.JULY, at=LATER)
        taken = after(freed, next_one, Due(f"start:{OTHER}", start_of(self.JULY)))
        assert decide(taken, replace(self.CORRECT, valid_to=self.AUGUST)) == Refused("ORG-2", "valid_from")
        assert decide(taken, replace(self.CORRECT, valid_to=self.JULY)) == [replace(CORRECTED_TO_JULY, valid_to=self.JULY)]

    def test_a_post_was_there_from_its_approval_until_it_was_abolished_as_was_known(self) -> None:
        moved = evolve(VACANT, post.Moved(UNIT, OTHER, False, START, None, AT_START))
        assert post.is_there(moved, START, NOON), "a move changes nothing about that"
        gone = evolve(moved, post.Abolished(self.JULY, "reorganised", None, LATER))
        assert not post.is_there(gone, START, NOON - HOUR)
        assert post.is_there(gone, self.AUGUST, NOON), "before it was known that it would go"
        assert post.is_there(gone, START, YEARS)
        assert not post.is_there(gone, self.AUGUST, YEARS)

    def test_what_was_kept_before_its_history_was_counts_as_known_since_it_was_proposed(self) -> None:
        [it] = ACTIVE.assignments
        old = replace(ACTIVE, assignments=(replace(it, history=()),))
        assert held(old, START, NOON) == [(ANN, Standing.ACTIVE)]
        ended = after(old, End(ASSIGNMENT, START + timedelta(days=60), "moved", self.MUCH_LATER))
        assert held(ended, self.AUGUST, self.MUCH_LATER - HOUR) == [(ANN, Standing.ACTIVE)]
        assert held(ended, self.AUGUST, self.MUCH_LATER) == []


CORRECTED_TO_JULY = Corrected(ASSIGNMENT, START, date(2026, 7, 1), "end_recorded_late", "decision 9", TestTwoTimes.CORRECT.at)

ELSEWHERE, REORGANISATION = named("test", "elsewhere"), named("test", "reorganisation")
MOVE = Move(ELSEWHERE, False, START, REORGANISATION, AT_START)
ABOLISH = Abolish(START, "reorganisation", REORGANISATION, AT_START)


class TestReorganised:
    def test_a_post_moves_with_its_holder_and_with_what_they_may(self) -> None:
        moved = after(ACTIVE, MOVE)
        assert told(ACTIVE, MOVE) == ["PostMoved"]
        assert (moved.seat.unit_id, moved.assignments) == (ELSEWHERE, ACTIVE.assignments)  # type: ignore[union-attr]

    def test_where_a_post_was_stays_readable(self) -> None:
        [was] = after(ACTIVE, MOVE).earlier
        assert (was.unit_id, was.valid_from, was.valid_to) == (UNIT, CLEARED.valid_from, START)

    def test_org_9_a_post_that_begins_later_is_never_told_in_the_unit_that_has_ended(self) -> None:
        later = after(NEW, Open(replace(CLEARED, valid_from=date(2027, 1, 1)), CLERK, NOON), MOVE)
        assert (later.earlier, later.seat.unit_id, later.seat.valid_from) == ((), ELSEWHERE, date(2027, 1, 1))  # type: ignore[union-attr]

    def test_org_9_a_proposed_post_is_told_where_it_went_and_not_before_that_day(self) -> None:
        proposed = after(NEW, Open(CLEARED, CLERK, NOON), MOVE)
        assert told(after(NEW, Open(CLEARED, CLERK, NOON)), MOVE) == []
        [said] = outgoing.tell_post(POST, post.Approved(CHIEF, LATER), after(proposed, Approve(CHIEF, LATER)))
        assert (said.unit_id, said.effective_from) == (ELSEWHERE, START)  # type: ignore[attr-defined]

    def test_org_6_a_correction_reaches_back_before_the_move_and_not_beyond_the_end(self) -> None:
        started = after(vacant(PLAIN), PROPOSE, Due(f"start:{ASSIGNMENT}", AT_START))
        wrong = Correct(ASSIGNMENT, date(2026, 5, 1), None, "start_wrong", "decision 9", LATER)
        assert [type(each) for each in decide(after(started, MOVE), wrong)] == [Corrected]  # type: ignore[union-attr]
        ended = after(started, replace(ABOLISH, on=date(2026, 6, 15)))
        assert decide(ended, replace(wrong, valid_to=date(2026, 6, 20))) == Refused("ORG-PERIOD", "valid_to")

    def test_a_post_that_ends_ends_what_is_held_of_it(self) -> None:
        assert told(ACTIVE, ABOLISH) == ["AssignmentEnded", "PostAbolished"]
        assert told(PENDING, ABOLISH) == ["AssignmentRejected", "PostAbolished"]
        assert {each.access for it in after(ACTIVE, ABOLISH).assignments for each in it.entitlements} == {Access.EXPIRED}

    def test_nobody_is_proposed_for_a_post_that_has_ended_and_nobody_approves_it(self) -> None:
        assert decide(after(VACANT, ABOLISH), PROPOSE) == Refused("ORG-POST-ABOLISHED", "post_id")
        assert decide(after(NEW, Open(CLEARED, CLERK, NOON), ABOLISH), Approve(CHIEF, LATER)) == Refused("ORG-POST-ABOLISHED", "post_id")

    def test_access_that_is_owed_when_a_post_ends_is_still_owed(self) -> None:
        owed = entitlement(SUSPENDED, REGISTER).id
        assert told(after(SUSPENDED, ABOLISH), ConfirmRevocation(owed, LATER)) == ["AccessEntitlementRevoked"]

    def test_the_same_post_may_be_proposed_again_as_it_was_before_it_moved(self) -> None:
        assert decide(after(VACANT, MOVE), Open(CLEARED, CLERK, LATER)) == []


STATES = {
    "new": NEW,
    "moved": after(ACTIVE, MOVE),
    "abolished": after(SUSPENDED, ABOLISH),
    "proposed post": after(NEW, Open(CLEARED, CLERK, NOON)),
    "vacant": VACANT,
    "pending": PENDING,
    "granted": GRANTED,
    "confirmed": CONFIRMED,
    "active": ACTIVE,
    "suspended": SUSPENDED,
    "back": TestComingBack.BRIEFED,
    "rejected": after(PENDING, Reject(ASSIGNMENT, "clearance_refused", NOON)),
    "ended": after(ACTIVE, End(ASSIGNMENT, START, "moved", LATER)),
    "ending": after(ACTIVE, End(ASSIGNMENT, date(2027, 1, 1), "moved", LATER)),
    "advice pending": ADVICE_PENDING,
    "advice active": ADVICE_ACTIVE,
    "advice lost": after(ADVICE_ACTIVE, LoseAdvice(ASSIGNMENT, CASE, LATER)),
    "plain": after(vacant(PLAIN), PROPOSE),
    "revoked": after(SUSPENDED, ConfirmRevocation(entitlement(SUSPENDED, REGISTER).id, LATER)),
}
COMMANDS = [
    Open(CLEARED, CLERK, NOON),
    Approve(CHIEF, NOON),
    Approve(CLERK, NOON),
    MOVE,
    Move(UNIT, True, START, None, AT_START),
    ABOLISH,
    PROPOSE,
    replace(PROPOSE, assignment_id=OTHER, person_id=BOB),
    replace(PROPOSE, assignment_id=OTHER, person_id=BOB, kind=AppointmentKind.INTERIM),
    NoteCase(ASSIGNMENT, CASE, NOON),
    NoteApplication(ASSIGNMENT, CASE, APPLICATION, YEARS),
    NoteLate(ASSIGNMENT, NOON),
    NoteTerm(ASSIGNMENT, NOON),
    Reject(ASSIGNMENT, "consent_withdrawn", NOON),
    TAKE_ADVICE,
    TakeAdvice(ASSIGNMENT, Advice(OTHER, None), LATER),
    LoseAdvice(ASSIGNMENT, CASE, LATER),
    NoteAppeal(ASSIGNMENT, LATER),
    TAKE_CLEARANCE,
    TakeClearance(ASSIGNMENT, NEWER, Level.BEPERKT, YEARS, LATER),
    BRIEF,
    Brief(ASSIGNMENT, NEWER, LATER, LATER),
    WITHDRAWN,
    replace(WITHDRAWN, remaining=Level.BEPERKT),
    replace(WITHDRAWN, clearance_id=NEWER),
    Reactivate(ASSIGNMENT, LATER),
    Reactivate(ASSIGNMENT, NOON),
    End(ASSIGNMENT, START, "moved", LATER),
    End(ASSIGNMENT, date(2026, 12, 1), "moved", LATER),
    Correct(ASSIGNMENT, date(2026, 5, 1), None, "start_wrong", "decision 9", LATER),
    Correct(ASSIGNMENT, date(2026, 5, 20), date(2026, 6, 20), "end_wrong", "decision 9", LATER),
    *(ConfirmRevocation(entitlement(SUSPENDED, each).id, LATER) for each in (BADGE, REGISTER)),
    Due(f"start:{ASSIGNMENT}", AT_START),
    Due(f"lapse:{ASSIGNMENT}", YEARS),
    Due(f"end:{ASSIGNMENT}", start_of(date(2027, 1, 1))),
    Due(f"revoke:{entitlement(SUSPENDED, REGISTER).id}", LATER + HOUR),
    Due(f"start:{OTHER}", AT_START),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)), ids=lambda each: each if isinstance(each, str) else type(each).__name__)
def test_whatever_is_decided_changes_the_post_and_can_be_told(name: str, command: post.Command) -> None:
    state = STATES[name]
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        later = evolve(state, event)
        assert later != state, f"{event} changes nothing"
        list(outgoing.tell_post(POST, event, later))
        due(later)
        state = later


def test_every_command_is_tried_above_or_with_what_it_is_about() -> None:
    assert {type(each) for each in COMMANDS} == set(get_args(post.Command)) - set(get_args(absence.Command)) - set(get_args(mandate.Command))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(COMMANDS), st.integers(0, 2)), max_size=25), st.sampled_from([CLEARED, ADVISED, PLAIN]))
def test_org_3_holds_whatever_comes_in_whatever_order(commands: list[tuple[Any, int]], seat: Seat) -> None:
    state = vacant(seat)
    for command, which in commands:
        who = (ASSIGNMENT, OTHER, named("third"))[which]
        told = replace(command, assignment_id=who) if hasattr(command, "assignment_id") else command
        decided = decide(state, told)
        for event in [] if isinstance(decided, Refused) else decided:
            state = evolve(state, event)
            if isinstance(event, Started | Confirmed):
                it = find(state, event.assignment_id)
                assert it is not None
                assert post.is_fit(state, it, event.at), "ORG-3"


DAYS = [START + timedelta(days=n) for n in range(-60, 400, 7)]
ASKED = [each for each in COMMANDS if hasattr(each, "at") and not isinstance(each, Due | Open | Approve)]


def fallen_due(state: Post, now: datetime) -> Post:
    while dues := sorted((each.at, each.name) for each in due(state) if each.at <= now):
        state = after(state, Due(dues[0][1], dues[0][0]))
    return state


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ASKED), st.integers(0, 2), st.integers(0, 40)), max_size=15), st.sampled_from([CLEARED, ADVISED, PLAIN]))
def test_org_2_and_org_6_hold_of_the_record_whatever_comes(commands: list[tuple[Any, int, int]], seat: Seat) -> None:
    """With time that passes as it does: one acts on any day, and what was known at an instant is never known otherwise later."""
    state, now = vacant(seat), NOON
    known: list[tuple[datetime, list[Any]]] = []
    for command, which, days in commands:
        now += timedelta(days=days)
        state = fallen_due(state, now)
        who = (ASSIGNMENT, OTHER, named("third"))[which]
        decided = decide(state, replace(command, at=now, **({"assignment_id": who} if hasattr(command, "assignment_id") else {})))
        for event in [] if isinstance(decided, Refused) else decided:
            state = evolve(state, event)
        state = fallen_due(state, now)
        for when in DAYS:
            acting = [it for it, spell in post.holders(state, when, now) if spell.standing is not Standing.SUSPENDED]
            assert len(acting) <= 1, f"ORG-2 on {when}"
        for at, seen in known:
            assert [held(state, when, at) for when in DAYS] == seen, "ORG-6"
        now += timedelta(seconds=1)
        known.append((now, [held(state, when, now) for when in DAYS]))
        now += timedelta(seconds=1)
