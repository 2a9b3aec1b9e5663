"""The door for people: commands and queries over HTTP, with tokens, roles, idempotency, versions, and refusals that name their rule in three languages."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Protocol
from urllib.parse import unquote_to_bytes
from uuid import UUID

import asyncpg
import structlog
from fastapi import Depends, FastAPI, Query, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.staticfiles import StaticFiles

from cg_kit.auth import ISSUER, BadToken, Keys, Verifier
from cg_kit.postgres import read_sealed, record_denied
from cg_kit.pure.terms import day_of, start_of
from cg_kit.pure.words import Actor, To
from cg_kit.seam import Again, Clock, Conflict, KeptOf, Letter, Name, Row
from cg_kit.vault import Forgotten

if TYPE_CHECKING:
    from pathlib import Path

    from cg_kit.engine import Engine
    from cg_kit.postgres import Pool

LARGEST = 64 * 1024
"""Bytes of a request body that are accepted, but where the service's table says more."""

LONGEST_KEY = 200
"""Characters of an Idempotency-Key or an X-Reason."""

LANGUAGES = ("nl", "fr", "en")

Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]


class Body(BaseModel):
    """A request body; fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger()

RULES: dict[str, dict[str, str]] = {
    "no-token": {
        "nl": "Meld u aan: dit verzoek draagt geen token.",
        "fr": "Identifiez-vous : cette requête ne porte pas de jeton.",
        "en": "Log in: this request carries no token.",
    },
    "bad-token": {
        "nl": "Het token is ongeldig of verlopen.",
        "fr": "Le jeton n'est pas valable ou a expiré.",
        "en": "The token is not valid or has expired.",
    },
    "role-needed": {
        "nl": "Uw rollen laten dit niet toe.",
        "fr": "Vos rôles ne le permettent pas.",
        "en": "Your roles do not allow this.",
    },
    "forgotten": {
        "nl": "Wat hierover gekend was, is vernietigd.",
        "fr": "Ce qui était connu à ce sujet a été détruit.",
        "en": "What was known of this has been destroyed.",
    },
    "held": {
        "nl": "Er loopt nog iets over deze persoon: vergeten kan alleen als dat uitdrukkelijk gezegd wordt.",
        "fr": "Une affaire concernant cette personne est encore en cours : l'oubli doit alors être demandé expressément.",
        "en": "Something about this person is not over: to forget them all the same must be said.",
    },
    "record-waits": {
        "nl": "Een bericht over deze persoon wacht nog: behandel het eerst.",
        "fr": "Un message concernant cette personne est encore en attente : traitez-le d'abord.",
        "en": "A record about this person still waits: deal with it first.",
    },
    "not-waiting": {
        "nl": "Dit wacht niet (meer).",
        "fr": "Ceci n'attend pas (plus).",
        "en": "This does not wait (any more).",
    },
    "not-yet": {
        "nl": "Dit ogenblik is nog niet gekomen.",
        "fr": "Cet instant n'est pas encore venu.",
        "en": "This instant has not come yet.",
    },
    "replay-range": {
        "nl": "Dit is geen stuk van een topic: noem één begin en hoogstens één einde.",
        "fr": "Ceci n'est pas une partie d'un topic : indiquez un seul début et au plus une fin.",
        "en": "This is no stretch of a topic: name one beginning and at most one end.",
    },
    "dry-run-first": {
        "nl": "Laat dit eerst proefdraaien, met dezelfde keuze.",
        "fr": "Faites d'abord un essai à blanc, avec le même choix.",
        "en": "Do a dry run of this first, with the same choice.",
    },
    "NOT-FOUND": {"nl": "Dit bestaat niet.", "fr": "Ceci n'existe pas.", "en": "This does not exist."},
    "no-route": {"nl": "Dit adres bestaat niet.", "fr": "Cette adresse n'existe pas.", "en": "This address does not exist."},
    "no-method": {
        "nl": "Dit adres kent deze methode niet.",
        "fr": "Cette adresse ne connaît pas cette méthode.",
        "en": "This address does not know this method.",
    },
    "invalid": {
        "nl": "Het verzoek is niet zoals het hoort; zie de velden.",
        "fr": "La requête n'est pas conforme ; voyez les champs.",
        "en": "The request is not as it should be; see the fields.",
    },
    "no-json": {"nl": "De inhoud is geen JSON.", "fr": "Le contenu n'est pas du JSON.", "en": "The body is not JSON."},
    "unstorable-text": {
        "nl": "De tekst bevat een teken dat niet bewaard kan worden (U+0000 of een los surrogaat).",
        "fr": "Le texte contient un caractère qui ne peut être conservé (U+0000 ou un demi-codet isolé).",
        "en": "The text holds a character that cannot be stored (U+0000 or a lone surrogate).",
    },
    "too-large": {
        "nl": "De inhoud is groter dan hier wordt aangenomen.",
        "fr": "Le contenu est plus grand que ce qui est accepté ici.",
        "en": "The body is larger than is taken here.",
    },
    "table": {
        "nl": "De tabel bevat fouten, en er werd niets gedaan; zie de regels.",
        "fr": "Le tableau contient des erreurs, et rien n'a été fait ; voyez les lignes.",
        "en": "The table has errors, and nothing was done; see the lines.",
    },
    "idempotency-key-reused": {
        "nl": "Deze Idempotency-Key werd al gebruikt met een andere inhoud.",
        "fr": "Cette Idempotency-Key a déjà servi pour un autre contenu.",
        "en": "This Idempotency-Key was used before with another body.",
    },
    "version-changed": {
        "nl": "Intussen is dit gewijzigd: lees het opnieuw.",
        "fr": "Ceci a changé entre-temps : relisez-le.",
        "en": "This has changed meanwhile: read it again.",
    },
    "read-changed": {
        "nl": "Iets waarop dit steunt is intussen gewijzigd: probeer opnieuw.",
        "fr": "Un élément sur lequel ceci repose a changé entre-temps : réessayez.",
        "en": "Something that this rests on has changed meanwhile: try again.",
    },
    "unavailable": {
        "nl": "De dienst kan nu niet antwoorden: probeer straks opnieuw.",
        "fr": "Le service ne peut répondre en ce moment : réessayez plus tard.",
        "en": "The service cannot answer now: try again later.",
    },
    "failed": {
        "nl": "De dienst faalde; de fout is genoteerd.",
        "fr": "Le service a échoué ; l'erreur est notée.",
        "en": "The service failed; the error is on record.",
    },
}
"""Texts of the rules that every service keeps; a service's own stand in its table."""


class Blamed(BaseModel):
    """One field of a request, and what would mend it; of a table also the line, and the rule that this one breaks."""

    field: str
    mend: str
    line: int | None = None
    rule: str | None = None


class Texts(BaseModel):
    """The same sentence in the three languages of the house."""

    nl: str
    fr: str
    en: str


class Problem(BaseModel):
    """Why a request was not done (RFC 9457). `rule` is the rule's name, `field` the field to blame, `detail` the text in the language asked for."""

    type: str = Field(examples=["tag:police.be,2026:cg/rule/SCR-1"])
    title: str
    status: int
    detail: str
    rule: str
    field: str | None = None
    texts: Texts
    errors: list[Blamed] | None = None


class Done(BaseModel):
    """A command was done: on which aggregate, its version now, the journal's id of this step, and the names of what happened."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    version: int
    step: UUID
    events: list[str]


class Settings(Protocol):
    """What the door needs of a service's settings."""

    @property
    def jwks_file(self) -> Path | None:
        """The issuer's public keys in a file (CG_JWKS_FILE), or"""

    @property
    def jwks_url(self) -> str | None:
        """at an address (CG_JWKS_URL)."""

    @property
    def issuer(self) -> str | None:
        """Who makes the tokens (CG_ISSUER)."""

    @property
    def instance(self) -> str:
        """Which of the service's replicas this is (CG_INSTANCE)."""

    @property
    def clock(self) -> str:
        """`movable` where domain time may be moved (CG_CLOCK)."""


class Refusing(Exception):
    """A request is not done, with the status and the rule that says why."""

    def __init__(
        self,
        status: int,
        rule: str,
        *,
        field: str | None = None,
        mend: str | None = None,
        errors: Sequence[Blamed] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(rule)
        self.status = status
        self.rule = rule
        self.field = field
        self.errors = list(errors) if errors else [Blamed(field=field, mend=mend)] if field and mend else None
        self.headers = dict(headers or {})


class Denied(Refusing):
    """A person may not do or see this: recorded, whatever the rule."""


@dataclass(frozen=True, slots=True)
class Who:
    """The caller as the log of denials names them."""

    person_id: UUID | None
    roles: frozenset[str]


class Access:
    """Who may come in: checks tokens, and keeps the record of all that was denied."""

    UNKNOWN_A_MINUTE = 120
    """Denials of callers without a valid token that are written down in one minute; more are only counted, or a stranger could fill the disk."""

    def __init__(self, verifier: Verifier, clock: Clock, pool: Pool) -> None:
        self._verifier = verifier
        self._clock = clock
        self._pool = pool
        self._minute = 0
        self._written = 0
        self.uncounted = 0

    async def actor(self, request: Request, credentials: HTTPAuthorizationCredentials | None, roles: Sequence[str]) -> Actor:
        """The caller, if they hold one of these roles (or any valid token when none is named); raises Denied."""
        if credentials is None:
            raise Denied(401, "no-token", headers={"WWW-Authenticate": 'Bearer realm="commissariaat"'})
        try:
            caller = await self._verifier.caller(credentials.credentials)
        except BadToken as error:
            why = str(error).replace('"', "'").encode("ascii", "replace").decode()
            raise Denied(
                401, "bad-token", headers={"WWW-Authenticate": f'Bearer realm="commissariaat", error="invalid_token", error_description="{why}"'}
            ) from None
        request.state.who = Who(caller.person_id, caller.roles)
        if roles and caller.roles.isdisjoint(roles):
            raise Denied(
                403, "role-needed", headers={"WWW-Authenticate": f'Bearer realm="commissariaat", error="insufficient_scope", scope="{" ".join(roles)}"'}
            )
        return Actor(caller.person_id, caller.roles, _reason(request))

    async def record(self, request: Request, denied: Denied) -> None:
        """Writes down who was denied what, where, by which rule."""
        who: Who | None = getattr(request.state, "who", None)
        now = self._clock.real()
        if who is None:
            minute = int(now.timestamp()) // 60
            if minute != self._minute:
                self._minute, self._written = minute, 0
            if self._written >= self.UNKNOWN_A_MINUTE:
                self.uncounted += 1
                return
            self._written += 1
        route = f"{request.method} {request.url.path}"[:500]
        await record_denied(self._pool, now, str(who.person_id) if who else None, who.roles if who else (), route, denied.rule)


def _reason(request: Request) -> str | None:
    raw = request.headers.get("x-reason")
    if raw is None:
        return None
    text = "".join(c if c.isprintable() else " " for c in raw.encode("latin-1").decode("utf-8", "replace")).strip()
    if len(text) > LONGEST_KEY:
        raise Refusing(422, "invalid", field="X-Reason", mend=f"at most {LONGEST_KEY} characters")
    return text or None


class Door:
    """What a route is given: who calls, what time it is, and the ways to command and to read."""

    def __init__(self, request: Request, response: Response, engine: Engine, pool: Pool, actor: Actor) -> None:
        self._request = request
        self._response = response
        self._engine = engine
        self._pool = pool
        self.actor = actor
        """Who calls, in which roles, and why (`X-Reason`)."""
        self.now: datetime = engine.now()
        """Domain time at which the request came in."""

    def new_id(self) -> UUID:
        """A new id that rises with time."""
        return self._engine.ids.new()

    async def command(
        self,
        to: To | Callable[[UUID | None], To],
        *,
        read: Mapping[Name, int] | None = None,
        personal: Mapping[str, Any] | None = None,
        about: UUID | None = None,
    ) -> Done:
        """Does one command in one transaction.

        `read`: versions of other aggregates that the command rests on (409 when one has changed). `personal`: what goes to the vault,
        as data about the person `about`; `to` is then called with the entry's id. Once for each Idempotency-Key; only at the version that If-Match names.
        """
        from cg_kit.engine import OtherBody, RuleRefused, Stale  # noqa: PLC0415

        made: list[To] = []

        def make(ref: UUID | None) -> To:
            made[:] = [to(ref) if callable(to) else to]
            return made[0]

        expected = _version(self._request)
        try:
            done = await self._engine.command(
                make,
                actor=self.actor,
                at=self.now,
                read=read or {},
                expected=expected,
                personal=personal,
                about=about,
                idempotency=await self._idempotency(),
                traceparent=self._request.headers.get("traceparent"),
            )
        except RuleRefused as refused:
            raise Refusing(status_of(refused.rule), refused.rule, field=refused.field) from None
        except Stale as stale:
            if expected is not None and made and stale.name == (made[0].kind, made[0].id):
                raise Refusing(412, "version-changed", field="If-Match") from None
            raise Refusing(409, "read-changed", field=f"{stale.name[0]}:{stale.name[1]}") from None
        except OtherBody:
            raise Refusing(422, "idempotency-key-reused", field="Idempotency-Key") from None
        self.tag(done.version)
        return Done.model_validate(done, from_attributes=True)

    async def commands(
        self,
        tos: Sequence[To],
        name: str,
        *,
        read: Mapping[Name, int] | None = None,
        letters: Sequence[Letter] = (),
    ) -> Done:
        """Does many commands in one transaction, all of them or none; `name` is what the step is called, `letters` what goes to the vault.

        Raises RuleRefused, with the place of the command that was refused, for the caller to say which line of its table that was.
        """
        from cg_kit.engine import OtherBody, Stale  # noqa: PLC0415

        try:
            done = await self._engine.commands(
                tos,
                name,
                actor=self.actor,
                at=self.now,
                read=read or {},
                letters=letters,
                idempotency=await self._idempotency(),
                traceparent=self._request.headers.get("traceparent"),
            )
        except Stale as stale:
            raise Refusing(409, "read-changed", field=f"{stale.name[0]}:{stale.name[1]}") from None
        except OtherBody:
            raise Refusing(422, "idempotency-key-reused", field="Idempotency-Key") from None
        return Done.model_validate(done, from_attributes=True)

    async def _idempotency(self) -> tuple[str, bytes] | None:
        key = self._request.headers.get("idempotency-key")
        if key is None or self.actor is NOBODY:
            return None
        if not 0 < len(key) <= LONGEST_KEY or any(not "!" <= c <= "~" for c in key):
            raise Refusing(422, "invalid", field="Idempotency-Key", mend=f"1 to {LONGEST_KEY} visible ASCII characters")
        parts = (self._request.method, self._request.url.path, self._request.url.query, str(self.actor.person_id))
        digest = hashlib.sha256("\n".join(parts).encode() + b"\n" + await self._request.body()).digest()
        return key, digest

    def tag(self, version: int) -> None:
        """Says which version the answer shows, as `ETag`: what a later command may name in `If-Match`."""
        self._response.headers["ETag"] = f'"{version}"'

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Rows of the service's own database."""
        rows: list[asyncpg.Record] = await self._pool.fetch(sql, *args)
        return rows

    async def state(self, kind: str, id: UUID) -> tuple[Any, int] | None:
        """The state of one aggregate with its version; None when nothing ever happened to it."""
        words = self._engine.words
        assert kind in words.kept, kind
        sql = f"SELECT id, version, state::text, told::text, matters::text FROM {kind}_state WHERE id = $1"
        found = await self._pool.fetchrow(sql, id)
        return None if found is None else (words.state(kind, Row(*found)), found["version"])

    async def known(self, kind: str, id: UUID) -> tuple[Any, int]:
        """The same of what must exist. Raises `Refusing` (404) where nothing ever happened to it."""
        found = await self.state(kind, id)
        if found is None:
            raise self.missing()
        return found

    async def states(self, kind: str, ids: Sequence[UUID]) -> dict[UUID, tuple[Any, int]]:
        """The states of several aggregates with their versions; those to which nothing ever happened are left out."""
        words = self._engine.words
        assert kind in words.kept, kind
        sql = f"SELECT id, version, state::text, told::text, matters::text FROM {kind}_state WHERE id = ANY ($1)"
        return {row["id"]: (words.state(kind, Row(*row)), row["version"]) for row in await self._pool.fetch(sql, list(ids))}

    async def read_vault(self, ref: UUID, purpose: str) -> dict[str, Any]:
        """The personal data of one vault entry; the reading is recorded with its purpose, or nothing is read."""
        found = await self._read([ref], purpose)
        if ref not in found:
            raise self.missing()
        if (content := found[ref]) is None:
            raise self.missing("forgotten")
        return content

    async def read_vaults(self, refs: Sequence[UUID], purpose: str) -> dict[UUID, dict[str, Any]]:
        """The same of several entries; those that are not there, or were forgotten, are left out."""
        return {ref: content for ref, content in (await self._read(refs, purpose)).items() if content is not None}

    async def _read(self, refs: Sequence[UUID], purpose: str) -> dict[UUID, dict[str, Any] | None]:
        actor = json.dumps({"person_id": str(self.actor.person_id), "roles": sorted(self.actor.roles), "reason": self.actor.reason})
        real = self._engine.clock.real()
        kept = await read_sealed(self._pool, refs, actor, purpose, start_of(day_of(real)) if self.actor is NOBODY else real)
        opened: dict[UUID, dict[str, Any] | None] = {}
        for ref, one in kept.items():
            try:
                opened[ref] = json.loads(self._engine.vault.open(ref, one.sealed, one.about, one.wrapped))
            except Forgotten:
                opened[ref] = None
        return opened

    @property
    def holds(self) -> str | None:
        """SQL for what of a person ($1) is not over here, as (kind, id)."""
        return self._engine.service.holds

    async def forget(self, person_id: UUID, reason: str, despite: Sequence[str]) -> KeptOf:
        """Destroys what can be read of a person; `despite`: what is not over."""
        from cg_kit.engine import RuleRefused  # noqa: PLC0415

        try:
            return await self._engine.forget(person_id, self.actor, reason, despite)
        except RuleRefused as refused:
            raise Refusing(409, refused.rule) from None

    def mark(self, *parts: object) -> bytes:
        """A name that only this service can make or check, with its vault's key."""
        return self._engine.vault.mark(*parts)

    def deny(self, rule: str) -> Denied:
        """What to raise when this person may not do or see this; recorded."""
        return Denied(403, rule)

    def missing(self, rule: str = "NOT-FOUND") -> Refusing:
        """What to raise when what is asked for does not exist."""
        return Refusing(404, rule)


def status_of(rule: str) -> int:
    """404 for what does not exist, 409 for what may not be as things stand."""
    return 404 if rule.endswith(("NOT-FOUND", "-UNKNOWN")) else 409


def _version(request: Request) -> int | None:
    tag = request.headers.get("if-match")
    if tag is None or tag.strip() == "*":
        return None
    bare = tag.strip().removeprefix("W/")
    if len(bare) > 2 and bare[0] == bare[-1] == '"' and bare[1:-1].isascii() and bare[1:-1].isdigit() and len(bare) < 12:
        return int(bare[1:-1])
    raise Refusing(412, "version-changed", field="If-Match", mend='the ETag of an answer, as "3"')


BEARER = HTTPBearer(bearerFormat="JWT", scheme_name="token", description="A token of the issuer; `cg token --as ROLE` in embedded mode.", auto_error=False)


def _written(value: Any) -> Any:
    if isinstance(value, str) and not WRITTEN.match(value):
        raise ValueError("as RFC 3339 writes it, such as 2026-04-15")
    return value


WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

AsWritten = BeforeValidator(_written)
"""For dates and instants in queries: written out, never a number of seconds."""


def needs(*roles: str) -> Any:
    """For `door: Annotated[Door, needs("person", "decider")]`: the caller holds one of these roles; with none named any valid token will do."""

    async def door(request: Request, response: Response, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]) -> Door:
        actor = await request.app.state.access.actor(request, credentials, roles)
        state = request.app.state
        return Door(request, response, state.engine, state.pool, actor)

    return Depends(door)


NOBODY = Actor(UUID(int=0), frozenset())
"""Who asks what anybody may see."""


def public() -> Any:
    """For `door: Annotated[Door, public()]`: whoever comes, without a token; for what may be published (T0) and nothing else."""

    def door(request: Request, response: Response) -> Door:
        return Door(request, response, request.app.state.engine, request.app.state.pool, NOBODY)

    return Depends(door)


def application(engine: Engine, settings: Settings, pool: Pool, pulse: Any = None) -> FastAPI:
    """The HTTP side of a service: its own routes, and `/ops` for operators.

    `pool` is for queries (`cg_kit.postgres.open_pool`), apart from the engine's; `pulse` says how the running process is (`cg_kit.ops.Pulse`).
    """
    from cg_kit import erasure, ops  # noqa: PLC0415 (they need this module)

    service = engine.service
    app = FastAPI(
        title=f"Commissariaat-generaal: {service.name}",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.mount("/docs/files", StaticFiles(packages=[("fastapi_offline", "static")]))
    app.add_route("/docs", _docs, include_in_schema=False)
    keys = Keys(file=settings.jwks_file, url=settings.jwks_url)
    app.state.engine = engine
    app.state.pool = pool
    app.state.settings = settings
    app.state.pulse = pulse
    app.state.access = Access(Verifier(keys, engine.clock.real, settings.issuer or ISSUER), engine.clock, pool)
    app.state.rules = RULES | dict(service.rules or {})
    app.state.bodies = dict(service.bodies or {})
    if service.api is not None:
        app.include_router(service.api)
    app.include_router(erasure.router)
    app.include_router(ops.router)
    app.add_exception_handler(Refusing, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    for away in (Again, Conflict, OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError):
        app.add_exception_handler(away, _away)
    app.add_middleware(Guard, app_state=app.state)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


async def _docs(request: Request) -> Response:
    """The page of the API, with all that it needs from here: an operator's network ends at the house."""
    files = "docs/files"
    return get_swagger_ui_html(
        openapi_url="openapi.json",
        title=request.app.title,
        swagger_js_url=f"{files}/swagger-ui-bundle.js",
        swagger_css_url=f"{files}/swagger-ui.css",
        swagger_favicon_url=f"{files}/favicon.png",
    )


def problem(rules: Mapping[str, Mapping[str, str]], refusing: Refusing, accept_language: str | None) -> JSONResponse:
    """The answer that says why not, in the language that the caller likes best."""
    texts = rules.get(refusing.rule) or dict.fromkeys(LANGUAGES, refusing.rule)
    language = preferred(accept_language)
    body = Problem(
        type=f"tag:police.be,2026:cg/rule/{refusing.rule}",
        title=TITLES.get(refusing.status, "Refused"),
        status=refusing.status,
        detail=texts[language],
        rule=refusing.rule,
        field=refusing.field,
        texts=Texts(**texts),
        errors=refusing.errors,
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"} | refusing.headers
    return JSONResponse(body.model_dump(exclude_none=True), refusing.status, headers, "application/problem+json")


TITLES = {
    400: "Bad request",
    401: "Not logged in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Refused",
    412: "Changed meanwhile",
    413: "Too large",
    422: "Not as it should be",
    500: "Failed",
    503: "Not available now",
}


def preferred(accept_language: str | None) -> str:
    """The best of nl, fr and en for an Accept-Language header; en when it names none of them."""
    best = ("en", 0.0)
    for part in (accept_language or "").split(","):
        tag, _, weight = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if language in LANGUAGES and quality > best[1]:
            best = (language, quality)
    return best[0]


def language_of(request: Request, asked: str | None) -> str:
    """The language asked for, else the browser's."""
    return asked if asked in LANGUAGES else preferred(request.headers.get("accept-language"))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusing)
    if isinstance(error, Denied):
        await request.app.state.access.record(request, error)
    return problem(request.app.state.rules, error, request.headers.get("accept-language"))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [_blamed(e) for e in error.errors()]
    first = error.errors()[0]
    context = first.get("ctx", {})
    rule = "no-json" if first["type"] == "json_invalid" else first["type"] if "mend" in context else "invalid"
    refusing = Refusing(422, rule, field=errors[0].field, errors=errors[:20])
    return problem(request.app.state.rules, refusing, request.headers.get("accept-language"))


def _blamed(error: Mapping[str, Any]) -> Blamed:
    context = error.get("ctx", {})
    where, *rest = error["loc"] or ("body",)
    path = ".".join(str(part) for part in rest if not (error["type"] == "json_invalid" and isinstance(part, int)))
    return Blamed(field=str(context.get("field") or path or where), mend=str(context.get("mend") or error["msg"]))


async def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    rules = {400: "no-json", 404: "no-route", 405: "no-method"}  # 400: the framework could not take the body apart
    rule = rules.get(error.status_code, "invalid" if error.status_code < 500 else "failed")
    status, field = (422, "body") if error.status_code == 400 else (error.status_code, None)
    headers = dict(error.headers or {})
    if status == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return problem(request.app.state.rules, Refusing(status, rule, field=field, headers=headers), request.headers.get("accept-language"))


def _methods(request: Request) -> set[str]:
    """All methods that this address knows, over all of its routes."""
    paths = request.app.openapi()["paths"]
    path = request.url.path
    exact = [path] if path in paths else [template for template in paths if compile_path(template)[0].match(path)]
    return {method.upper() for template in exact for method in paths[template]}


def _where(state: Any, scope: Scope) -> dict[str, str]:
    """The route, as a log may name it: of a service that is discreet, not at all."""
    return {} if state.engine.service.discreet else {"route": f"{scope['method']} {scope['path']}"}


async def _away(request: Request, error: Exception) -> Response:
    log.warning("unavailable", **_where(request.app.state, request.scope), error=type(error).__name__)
    return problem(request.app.state.rules, Refusing(503, "unavailable", headers={"Retry-After": "1"}), request.headers.get("accept-language"))


class Guard:
    """Stands before all routes: refuses bodies that are too large and text that cannot be stored, and answers an unforeseen failure without its insides."""

    def __init__(self, app: Asgi, app_state: Any) -> None:
        self._app = app
        self._state = app_state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (or the life cycle, which passes through)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        headers: dict[bytes, bytes] = dict(scope["headers"])
        language = headers.get(b"accept-language", b"").decode("latin-1")
        try:
            body = await _body(headers, receive, next((most for start, most in self._state.bodies.items() if scope["path"].startswith(start)), LARGEST))
            _storable(scope, headers, body)
            await self._app(scope, _replay(body, receive), watch)
        except Refusing as refusing:
            await problem(self._state.rules, refusing, language)(scope, receive, send)
        except Exception as error:
            if self._state.engine.service.discreet:
                log.error("failed", error=type(error).__name__)
            else:
                log.exception("failed", **_where(self._state, scope))
            if not started:
                await problem(self._state.rules, Refusing(500, "failed"), language)(scope, receive, send)


async def _body(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> bytes:
    large = Refusing(413, "too-large", field="body", mend=f"at most {most // 1024} KiB", headers={"Connection": "close"})
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > most:
        raise large
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(bytes(message.get("body", b"")))
        size += len(parts[-1])
        if size > most:
            raise large
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _storable(scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> None:
    """Refuses U+0000, lone surrogates and bytes that are no UTF-8, wherever text is taken from."""
    if not _is_text(scope.get("raw_path") or b""):
        raise Refusing(422, "unstorable-text", field="path")
    if not _is_text(scope.get("query_string") or b""):
        raise Refusing(422, "unstorable-text", field="query")
    if not body or not headers.get(b"content-type", b"application/json").lower().startswith(b"application/json"):
        return
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refusing(422, "no-json", field="body") from None
    if "\\u" in text:
        try:
            where = _unstorable(json.loads(text), "body")
        except (ValueError, RecursionError):
            return  # the route says that this is no JSON
        if where is not None:
            raise Refusing(422, "unstorable-text", field=where.removeprefix("body."))


def _is_text(quoted: bytes) -> bool:
    raw = unquote_to_bytes(quoted.replace(b"+", b" "))
    try:
        return "\x00" not in raw.decode()
    except UnicodeDecodeError:
        return False


def _unstorable(value: Any, path: str) -> str | None:
    match value:
        case str():
            return path if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in value) else None
        case dict():
            return next((bad for k, v in value.items() if (bad := _unstorable(k, path) or _unstorable(v, f"{path}.{k}"))), None)
        case list():
            return next((bad for i, v in enumerate(value) if (bad := _unstorable(v, f"{path}.{i}"))), None)
        case _:
            return None


REASON = {
    "name": "X-Reason",
    "in": "header",
    "required": False,
    "description": "Why; kept in the journal with the command.",
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
}

ABOUT = f"""
Times are RFC 3339. Errors are problem details (RFC 9457) whose `rule` names the rule, with texts in Dutch, French and English.

Every command takes three more headers:

- `Idempotency-Key`, 1 to {LONGEST_KEY} visible ASCII characters: the same key with the same request is done once and answered alike;
  with another request it is refused (422).
- `If-Match`, the `ETag` of an earlier answer, as `"3"`: only at this version, else 412.
- `traceparent` (W3C): the command's span is linked to the caller's.
"""

ANSWERS = {
    "401": "No token, or one that is not valid.",
    "403": "The caller's roles or needs do not allow this.",
    "404": "It does not exist.",
    "405": "The address does not know this method.",
    "409": "Refused by the rule that is named.",
    "412": "Another version than If-Match names.",
    "413": "A larger body than is taken here.",
    "422": "The request is not as it should be.",
    "500": "The service failed.",
    "503": "The service cannot answer now.",
}


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    made = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(made.pop("$defs"))
    schemas["Problem"] = made
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path == "/ops/health":
                operation["responses"].pop("422", None)
                continue
            for status, text in ANSWERS.items():
                if status in ("401", "403") and "security" not in operation:
                    continue
                content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
                answer: dict[str, Any] = {"description": text, "content": content}
                if status == "401":
                    answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
                operation["responses"][status] = answer
            if method == "post" and not path.startswith("/ops/"):
                operation.setdefault("parameters", []).append(REASON)
                if "200" in operation["responses"]:
                    operation["responses"]["200"]["headers"] = {"ETag": {"schema": {"type": "string"}, "description": "The version now."}}
    _say_storable(document)
    app.openapi_schema = document
    return document


def _say_storable(schema: Any) -> None:
    """Writes into each schema of free text that U+0000 is refused."""
    match schema:
        case dict():
            if schema.get("type") == "string" and schema.keys().isdisjoint({"pattern", "format", "enum", "const"}):
                schema["pattern"] = r"^[^\u0000]*$"
            for part in schema.values():
                _say_storable(part)
        case list():
            for part in schema:
                _say_storable(part)
