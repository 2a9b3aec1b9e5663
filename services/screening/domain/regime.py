"""The law as dated data: which instruments are open on a day, how consent is given, which sources are asked, and which terms run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from cg_contracts.levels import Level
from cg_contracts.screening import Scope
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure.terms import BRUSSELS, Reckoned, Term, day_of


class ConsentMode(StrEnum):
    """How a person agrees: by saying so (since the reform), or by not striking out the notice and sending it back (before it)."""

    OPT_IN = "opt_in"
    OPT_OUT = "opt_out"


class Source(StrEnum):
    """What may be asked about a person. The last three belong to an investigation for a clearance, never to a verification (SCR-8)."""

    INTELLIGENCE_SERVICES = "intelligence_services"
    CRIMINAL_RECORD = "criminal_record"
    MUNICIPAL_REGISTERS = "municipal_registers"
    NATIONAL_REGISTER = "national_register"
    WAITING_REGISTER = "waiting_register"
    INTERNATIONAL_POLICE = "international_police"
    ADMINISTRATIVE_POLICE = "administrative_police"
    COMMON_DATABASES = "common_databases"
    POLICE_DATABASES = "police_databases"
    LOCAL_POLICE_ENQUIRY = "local_police_enquiry"
    COHABITANTS = "cohabitants"
    NEIGHBOURHOOD = "neighbourhood"
    EMPLOYER = "employer"


INVESTIGATION_ONLY = frozenset({Source.COHABITANTS, Source.NEIGHBOURHOOD, Source.EMPLOYER})
"""What only the investigation for a clearance may look at, and that is made by the intelligence services, not here (SCR-8)."""

VERIFICATION = (
    Source.INTELLIGENCE_SERVICES,
    Source.CRIMINAL_RECORD,
    Source.MUNICIPAL_REGISTERS,
    Source.NATIONAL_REGISTER,
    Source.WAITING_REGISTER,
    Source.INTERNATIONAL_POLICE,
    Source.ADMINISTRATIVE_POLICE,
    Source.COMMON_DATABASES,
)
CANDIDATES = (Source.CRIMINAL_RECORD, Source.LOCAL_POLICE_ENQUIRY, Source.POLICE_DATABASES)
NUCLEAR_FILES = (Source.INTELLIGENCE_SERVICES, Source.POLICE_DATABASES, Source.COMMON_DATABASES)
"""Police and intelligence databases only: the agency for nuclear control has the rest (its pages on certificates)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a case keeps of its regime for as long as it lives, as terms in words ("8 days").

    `decision`: the term for deciding, None where there is none. `appeal`: the term for appeal from notification.
    `validity_years`: how long a decision may hold at most. `retention`: how long the file is open once all is over; no law that we have read says it (U).
    """

    appeal: str
    decision: str | None = None
    validity_years: int | None = None
    retention: str = "5 years"


@dataclass(frozen=True, slots=True)
class Renewal:
    """When a clearance is spoken of before it expires: the holder is invited, the application is due, the gap is near."""

    invite: str = "12 months before"
    apply: str = "7 months before"
    at_risk: str = "3 months before"


@dataclass(frozen=True, slots=True)
class Regime:
    """The law between two days (`until` exclusive). A row is never edited: a change of the law is a row of its own."""

    id: str
    since: date
    until: date | None
    open: frozenset[Kind]
    decider: str
    consent: ConsentMode
    terms: Mapping[Kind, Terms]
    clearance_decision: Mapping[Level, str]
    sources: Mapping[Kind, tuple[Source, ...]]
    check: str
    renewal: Mapping[Level, Renewal]
    nuclear_years: int
    """A nuclear verification is not made again within so many years of the last one (SCR-10), but for a reason of `nuclear_exceptions`."""
    nuclear_exceptions: frozenset[str]
    fees: Mapping[Kind, Decimal | None]
    """What an instrument costs, in euro; None: a fee that the security authority sets and invoices. A kind that is not named is free."""

    def terms_for(self, kind: Kind, level: Level | None) -> Terms | None:
        """The terms of an instrument; None where this service does not handle it, or where there is no such clearance."""
        if kind is not Kind.CLEARANCE:
            return self.terms.get(kind)
        if level is None or level not in self.clearance_decision:
            return None
        frame = self.terms[kind]
        return Terms(frame.appeal, self.clearance_decision[level], frame.validity_years, frame.retention)


TERMS = {
    Kind.ADVICE: Terms(appeal="8 days", decision="30 days", validity_years=5),
    Kind.CERTIFICATE: Terms(appeal="8 days", decision="8 days", validity_years=5),
    Kind.NUCLEAR: Terms(appeal="8 days", decision="1 month"),
    Kind.CLEARANCE: Terms(appeal="30 days", validity_years=5),
    Kind.RECRUITMENT: Terms(appeal="16 days", retention="2 years"),
}
CLEARANCE_DECISION = {Level.VERTROUWELIJK: "6 months", Level.GEHEIM: "6 months", Level.ZEER_GEHEIM: "9 months"}
SOURCES = {Kind.ADVICE: VERIFICATION, Kind.CERTIFICATE: VERIFICATION, Kind.NUCLEAR: NUCLEAR_FILES, Kind.RECRUITMENT: CANDIDATES}
RENEWAL = {
    Level.VERTROUWELIJK: Renewal(),
    Level.GEHEIM: Renewal(),
    Level.ZEER_GEHEIM: Renewal(invite="15 months before", apply="10 months before"),
}
NUCLEAR_EXCEPTIONS = frozenset({"bridging_clearance", "new_facts"})
"""Why a nuclear verification may be made again early: to bridge the wait for a clearance (nuclear control's pages); new facts on the person (uncertain)."""
FEES: Mapping[Kind, Decimal | None] = {Kind.ADVICE: Decimal("50.00"), Kind.NUCLEAR: Decimal("50.00"), Kind.CLEARANCE: None}
"""Read, but dated: the pages of the security authority and of nuclear control from before the reform (screening.fee.adviceCents)."""
NEED_REVIEW = "10 working days"
"""How long a clearance that nobody needs any more waits for a new post before it is given up: it follows the function (a choice of this house)."""
MARKINGS: Mapping[Scope, Mapping[Level, str]] = {
    Scope.NATIONAL: {level: level.replace("_", " ") for level in Level},
    Scope.NATO: {
        Level.BEPERKT: "NATO RESTRICTED",
        Level.VERTROUWELIJK: "NATO CONFIDENTIAL",
        Level.GEHEIM: "NATO SECRET",
        Level.ZEER_GEHEIM: "COSMIC TOP SECRET",
    },
    Scope.EU: {
        Level.BEPERKT: "RESTREINT UE/EU RESTRICTED",
        Level.VERTROUWELIJK: "CONFIDENTIEL UE/EU CONFIDENTIAL",
        Level.GEHEIM: "SECRET UE/EU SECRET",
        Level.ZEER_GEHEIM: "TRES SECRET UE/EU TOP SECRET",
    },
    Scope.NUCLEAR: {level: f"{level.replace('_', ' ')} - NUC" for level in Level},
}
"""What a level is called in each scope (the security authority's page on classified information; nuclear control's on the suffix)."""
SUSPENSIONS = frozenset({"foreign_authority", "judicial_enquiry", "person_unreachable"})
"""Why the term for deciding may be suspended, with the reason on record (uncertain in law; consent is none of them)."""
EXTENSIONS = frozenset({"stay_abroad", "foreign_authority"})
"""Why the security authority may take more time: an investigation is longer after a stay abroad (appeal body's page on the investigation)."""
LONGEST_SUSPENSION = "6 months"
"""No suspension is planned for longer at once (a choice of this house)."""
BEFORE_2025 = frozenset({Kind.ADVICE, Kind.CERTIFICATE, Kind.NUCLEAR, Kind.RECRUITMENT, Kind.CLEARANCE})

REGIMES: tuple[Regime, ...] = (
    Regime(
        id="1998-classic",
        since=date(1998, 12, 11),
        until=date(2024, 1, 1),
        open=BEFORE_2025,
        decider="nvo",
        consent=ConsentMode.OPT_OUT,
        terms=TERMS,
        clearance_decision=CLEARANCE_DECISION,
        sources=SOURCES,
        check="10 working days",
        renewal=RENEWAL,
        nuclear_years=3,
        nuclear_exceptions=NUCLEAR_EXCEPTIONS,
        fees=FEES,
    ),
    Regime(
        id="2024",
        since=date(2024, 1, 1),
        until=date(2025, 1, 1),
        open=BEFORE_2025,
        decider="federal_police",
        consent=ConsentMode.OPT_IN,
        terms=TERMS,
        clearance_decision=CLEARANCE_DECISION,
        sources=SOURCES,
        check="10 working days",
        renewal=RENEWAL,
        nuclear_years=3,
        nuclear_exceptions=NUCLEAR_EXCEPTIONS,
        fees=FEES,
    ),
    Regime(
        id="2025",
        since=date(2025, 1, 1),
        until=None,
        open=frozenset({Kind.ADVICE, Kind.NUCLEAR, Kind.RECRUITMENT, Kind.CLEARANCE}),
        decider="federal_police",
        consent=ConsentMode.OPT_IN,
        terms=TERMS,
        clearance_decision=CLEARANCE_DECISION,
        sources=SOURCES,
        check="10 working days",
        renewal=RENEWAL,
        nuclear_years=3,
        nuclear_exceptions=NUCLEAR_EXCEPTIONS,
        fees=FEES,
    ),
)
BY_ID = {regime.id: regime for regime in REGIMES}


def whole(scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """The scopes that are meant: national, where none is named."""
    return scopes or (Scope.NATIONAL,)


@lru_cache(maxsize=1024)
def regime_on(day: date) -> Regime | None:
    """The regime in force on a day in Brussels; None before the law."""
    return next((r for r in REGIMES if r.since <= day and (r.until is None or day < r.until)), None)


@lru_cache(maxsize=4096)
def reckoned(term: str, start: date, shift_days: int = 0) -> Reckoned:
    """How a legal term runs that starts on this day: the day itself is not counted, the last day rolls to a working day; suspended days move the raw end."""
    return Term.parse(term).due(datetime.combine(start, time(12), BRUSSELS), shift_days)


def end_of_term(term: str, start: date, shift_days: int = 0) -> datetime:
    """The instant (exclusive) at which a legal term ends that starts on this day."""
    return reckoned(term, start, shift_days).due


@lru_cache(maxsize=4096)
def day_before(term: str, day: date) -> date:
    """The day that lies a term ("7 months before") before a day; never rolls."""
    return reckoned(term, day).due_date


def last_day(end: datetime) -> date:
    """The last day of a term that ends (exclusive) at this instant."""
    return day_of(end - timedelta(microseconds=1))


def years_after(at: datetime, years: int) -> datetime:
    """The same time on the same day, years later; 29 February becomes 28. Validity never rolls."""
    local = at.astimezone(BRUSSELS)
    try:
        return local.replace(year=local.year + years)
    except ValueError:
        return local.replace(year=local.year + years, day=28)
