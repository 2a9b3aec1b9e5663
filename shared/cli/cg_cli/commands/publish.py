"""`cg publish`, `cg tail`: say something as an account, after trying it at the gate, and read what is said."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from cg_cli.home import DEFAULT, Home, Trouble, Wrong
from cg_cli.options import HomeOption, JsonOption
from cg_cli.shown import BAD, COLOURS, OUTSIDE, console, here, short
from cg_contracts.accounts import OUTSIDE as OUTSIDERS
from cg_contracts.accounts import SERVICES
from cg_contracts.base import CATALOGUE, TYPE
from cg_contracts.topics import CLOCK, answers_topic, intake_topic, publishers, reads, requests_to, writes
from cg_kit import cloudevents
from cg_kit.cloudevents import STRUCTURED, Broken, Envelope
from cg_kit.gate import Gate, Passed, Rejected
from cg_kit.seam import Record

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

PATIENCE = 20.0
"""Seconds that the broker has to answer."""

MEMBERS = [("content-type", f"{STRUCTURED}+json".encode())]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("publish")(publish)
    app.command("tail")(tail)


# -- publish ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Said:
    """One event on its way: as it was given, as it would lie on the broker, and what the gate says of it."""

    raw: bytes
    topic: str | None
    envelope: Envelope | None
    verdict: Passed | Rejected
    place: tuple[int, int] | None = None
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def named(self) -> str:
        """Its type and id, as far as they can be read."""
        about = self.envelope or self.verdict
        if isinstance(about, Passed):
            about = about.envelope
        return f"{short(about.type or 'something without a type')} {about.id or 'without an id'}"

    def document(self) -> dict[str, Any]:
        """For programs."""
        about = self.envelope
        rejected = self.verdict if isinstance(self.verdict, Rejected) else None
        made: dict[str, Any] = {
            "id": about.id if about else rejected.id if rejected else None,
            "type": about.type if about else rejected.type if rejected else None,
            "topic": self.topic,
            "accepted": rejected is None,
            "rule": rejected.rule if rejected else None,
            "field": rejected.field if rejected else None,
            "mend": rejected.mend if rejected else None,
        }
        if self.place is not None:
            made |= {"partition": self.place[0], "offset": self.place[1], "answers": self.answers}
        return made


def publish(
    account: Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Who says it.")],
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="One or more CloudEvents in JSON, one after the other or in an array.")] = "-",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing: say what the gate would say (but not of an id used before); 1 if it would reject one.")
    ] = False,
    wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", help="After sending, wait for a word on the account's answers topic.", min=0)] = 0,
    as_json: JsonOption = False,
    home: HomeOption = DEFAULT,
) -> None:
    """Publish CloudEvents as an account on the intake topic of the service that owns their type, keyed by subject.

    What the gate would turn away is sent too (its answer comes on the answers topic), but said on stderr first. Ends with 1 when one is turned away or,
    with --wait, refused.
    """
    _known(account)
    if wait and account not in publishers():
        raise typer.BadParameter(f"{account} has no answers topic", param_hint="--wait")
    all_said = [said_as(account, raw) for raw in events(_read(file))]
    if not all_said:
        raise Wrong("there is no event in what was given")
    if dry_run:
        _verdicts(all_said, as_json)
        raise typer.Exit(1 if any(isinstance(said.verdict, Rejected) for said in all_said) else 0)
    for said in all_said:
        if isinstance(said.verdict, Rejected):
            typer.echo(f"cg publish: {said.named} will be turned away: {_why(said.verdict)}", err=True)
        if said.topic is None:
            raise Wrong(f"{said.named}: there is no topic for it that {account} may write; nothing was sent")
    here_ = Home(home)
    if wait:
        with closing(_consumer(here_, account)) as consumer:
            _at(consumer, [answers_topic(account)], last=0, home=here_, account=account)
            _send(here_, account, all_said)
            _answered(consumer, all_said, wait)
    else:
        _send(here_, account, all_said)
    if as_json:
        typer.echo(json.dumps([said.document() for said in all_said], ensure_ascii=False, indent=2))
    else:
        for said in all_said:
            assert said.place is not None
            typer.echo(f"{said.named} lies on {said.topic}, partition {said.place[0]}, offset {said.place[1]}")
            for answer in said.answers:
                typer.echo(f"  {short(answer['type'])} {json.dumps(answer['data'], ensure_ascii=False)}")
            if wait and not said.answers:
                typer.echo(f"  no word within {wait:g} s: not every message is answered, and a service that is down answers later")
    if any(isinstance(said.verdict, Rejected) or any(_is_no(answer) for answer in said.answers) for said in all_said):
        raise typer.Exit(1)


def events(given: bytes) -> Iterator[bytes]:
    """The events in a text: JSON documents one after the other; an array stands for its members. What is no JSON is given as it is, for the gate to say so."""
    try:
        text = given.decode()
    except UnicodeDecodeError:
        yield given
        return
    decoder, at = json.JSONDecoder(), _after_space(text, 0)
    while at < len(text):
        try:
            made, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield text[at:].encode()
            return
        if isinstance(made, list):
            yield from (json.dumps(member, ensure_ascii=False).encode(errors="surrogatepass") for member in made)
        else:
            yield text[at:end].encode()
        at = _after_space(text, end)


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def said_as(account: str, raw: bytes) -> Said:
    """What the gate of the service that owns the type would say of an event in structured mode, and where it would lie."""
    now = datetime.now(UTC)
    try:
        envelope = cloudevents.decode(raw, MEMBERS)
    except Broken as broken:
        service = _service(broken.partial.get("type", ""), account)
        verdict = _gate(service).check_intake(Record("", 0, 0, None, raw, tuple(MEMBERS), now), account)
        assert isinstance(verdict, Rejected)
        return Said(raw, _topic(service, account), None, verdict)
    service = _service(envelope.type, account)
    headers = tuple(cloudevents.headers(envelope.attributes()))
    checked = _gate(service).check_intake(Record("", 0, 0, None, envelope.data, headers, now), account)
    return Said(raw, _topic(service, account), checked.envelope if isinstance(checked, Passed) else envelope, checked)


def _service(type_: str, account: str) -> str:
    """Whose gate it comes to: the owner of the type, or for an unknown type the one that its name says, or the first that the account may ask."""
    if type_ in CATALOGUE:
        return CATALOGUE[type_].about.owner
    found = TYPE.fullmatch(type_)
    if found is not None and found["owner"] in SERVICES:
        return found["owner"]
    return next((service for service in SERVICES if intake_topic(service, account) in writes(account)), SERVICES[0])


def _topic(service: str, account: str) -> str | None:
    topic = intake_topic(service, account)
    return topic if topic in writes(account) else None


def _gate(service: str) -> Gate:
    return Gate(service, (), requests_to(service))


def _send(home: Home, account: str, all_said: list[Said]) -> None:
    """Publishes in order, in binary mode where the envelope could be read; raises `Trouble`."""
    from confluent_kafka import KafkaError, KafkaException, Producer  # noqa: PLC0415

    failed: list[KafkaError] = []

    def delivered(said: Said) -> Any:
        def on_delivery(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                failed.append(error)
            else:
                said.place = (message.partition() or 0, message.offset() or 0)

        return on_delivery

    settings = {"acks": "all", "enable.idempotence": True, "partitioner": "murmur2_random", "message.max.bytes": 16_000_000, "log_level": 0}
    producer = Producer({**home.client_config(account), **settings, "message.timeout.ms": int(PATIENCE * 1000)})
    try:
        for said in all_said:
            assert said.topic is not None
            envelope = said.envelope
            value = said.raw if envelope is None else envelope.data
            headers: list[tuple[str, str | bytes | None]] = [*(MEMBERS if envelope is None else cloudevents.headers(envelope.attributes()))]
            producer.produce(said.topic, value, envelope.subject if envelope else None, headers=headers, on_delivery=delivered(said))
            producer.flush(PATIENCE + 5)
            if failed:
                raise KafkaException(failed[0])
    except KafkaException as error:
        raise Trouble(_kafka_says(error, account, home, said)) from None
    if any(said.place is None for said in all_said):
        raise Trouble(f"the broker at {home.bootstrap} does not answer: is the house started (`cg up`)?")


def _kafka_says(error: Any, account: str, home: Home, said: Said | None = None) -> str:
    from confluent_kafka import KafkaError  # noqa: PLC0415

    code = error.args[0].code()
    if code == KafkaError.MSG_SIZE_TOO_LARGE and said is not None:
        return f"{said.named} is too large for the broker ({len(said.raw):,} bytes; the gate takes 65,536)"
    if code in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED):
        return f"{account} may not do that, or there is no such topic: `cg account {account}` says what it may write and read"
    if code in (KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED):
        return f"the broker does not let {account} in"
    if code in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._MSG_TIMED_OUT, KafkaError._TIMED_OUT):
        return f"the broker at {home.bootstrap} does not answer: is the house started (`cg up`)?"
    return str(error.args[0].str())


def _answered(consumer: Consumer, all_said: list[Said], seconds: float) -> None:
    """Reads answers until each event has one, or the time is over."""
    until = time.monotonic() + seconds
    while any(not said.answers for said in all_said) and (left := until - time.monotonic()) > 0:
        message = consumer.poll(min(left, 0.5))
        if message is None or message.error() is not None:
            continue
        shown = _shown(message)
        for said in all_said:
            if _answers(said, shown):
                said.answers.append(shown)


def _answers(said: Said, answer: dict[str, Any]) -> bool:
    data = answer["data"] if isinstance(answer["data"], dict) else {}
    lies_there = said.place is not None and (data.get("topic"), data.get("partition"), data.get("offset")) == (said.topic, *said.place)
    if said.envelope is None or lies_there:
        return lies_there
    if said.envelope.id in (answer.get("causationid"), data.get("message_id"), data.get("request_event_id")):
        return True
    asked = getattr(said.verdict.message, "request_id", None) if isinstance(said.verdict, Passed) else None
    return asked is not None and data.get("request_id") == str(asked)


def _is_no(answer: dict[str, Any]) -> bool:
    return short(answer["type"]) in ("MessageRejected", "RequestRefused", "ScreeningRequestRejected")


def _verdicts(all_said: list[Said], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([said.document() for said in all_said], ensure_ascii=False, indent=2))
        return
    for said in all_said:
        if isinstance(said.verdict, Rejected):
            typer.echo(f"rejected: {said.named}: {_why(said.verdict)}")
        else:
            typer.echo(f"accepted: {said.named}, for {said.topic}")


def _why(rejected: Rejected) -> str:
    return f"{rejected.rule}{f', field {rejected.field}' if rejected.field else ''}: {rejected.mend}"


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Wrong(f"{file} cannot be read: {error.strerror}") from None


def _known(account: str) -> None:
    if account not in (*SERVICES, *OUTSIDERS):
        raise typer.BadParameter(f"{account} is no account; accounts are {', '.join((*SERVICES, *OUTSIDERS))}", param_hint="--as")


# -- tail ------------------------------------------------------------------------------------------------------------


def tail(
    topics: Annotated[list[str] | None, typer.Argument(metavar="[TOPIC]...", help="Default: all that the account may read, but the clock.")] = None,
    account: Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Who reads.")] = "operator",
    beginning: Annotated[bool, typer.Option("--beginning", help="From the oldest record; else from now on.")] = False,
    last: Annotated[int, typer.Option("--last", metavar="N", help="Begin with the last N records of each partition.", min=0)] = 0,
    canaries: Annotated[bool, typer.Option("--canaries", help="Also the sign of life that each service gives each minute.")] = False,
    end: Annotated[bool, typer.Option("--end", help="Stop at what is there now; else go on until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document a line: the event in structured mode, and where it lies.")] = False,
    home: HomeOption = DEFAULT,
) -> None:
    """Print what is said on topics, as it comes; leaves no trace on the broker."""
    _known(account)
    here_ = Home(home)
    if not topics:
        from cg_cli.provision import hears  # noqa: PLC0415

        topics = [topic for topic in reads(account, hears()) if topic != CLOCK]
    out = console()
    with closing(_consumer(here_, account)) as consumer:
        ends = _at(consumer, topics, last=None if beginning else last, home=here_, account=account)
        if not end and not as_json:
            typer.echo(f"listening to {', '.join(topics)} (Ctrl-C ends)", err=True)
        try:
            for message in _messages(consumer, ends if end else None):
                shown = _shown(message)
                if shown["type"].endswith(".Canary.v1") and not canaries:
                    continue
                if as_json:
                    typer.echo(json.dumps(shown, ensure_ascii=False))
                else:
                    out.print(_line(shown), soft_wrap=True)
        except KeyboardInterrupt:
            return


def _consumer(home: Home, account: str) -> Consumer:
    from confluent_kafka import Consumer  # noqa: PLC0415

    return Consumer(
        {
            **home.client_config(account),
            "group.id": f"{account}.tail",  # never joined: partitions are assigned, nothing is committed
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )


def _at(consumer: Consumer, topics: list[str], *, last: int | None, home: Home | None = None, account: str = "") -> dict[tuple[str, int], int]:
    """Reads on from the last records of each partition, or (None) from the oldest; returns where each ends that has something to read."""
    from confluent_kafka import KafkaException, TopicPartition  # noqa: PLC0415

    places, ends = [], {}
    try:
        for topic in topics:
            found = consumer.list_topics(topic, timeout=PATIENCE).topics[topic]
            if found.error is not None:
                raise KafkaException(found.error)
            for part in found.partitions:
                low, high = consumer.get_watermark_offsets(TopicPartition(topic, part), timeout=PATIENCE)
                begin = low if last is None else max(low, high - last)
                places.append(TopicPartition(topic, part, begin))
                if begin < high:
                    ends[topic, part] = high
    except KafkaException as error:
        raise Trouble(_kafka_says(error, account, home) if home else str(error.args[0].str())) from None
    consumer.assign(places)
    return ends


def _messages(consumer: Consumer, ends: dict[tuple[str, int], int] | None) -> Iterator[Message]:
    while ends is None or ends:
        message = consumer.poll(0.5)
        if message is None or message.error() is not None:
            continue
        place = (message.topic() or "", message.partition() or 0)
        if ends is not None and (message.offset() or 0) >= ends.get(place, 0):
            continue
        yield message
        if ends is not None and (message.offset() or 0) + 1 == ends[place]:
            del ends[place]


def _shown(message: Message) -> dict[str, Any]:
    """A record as an event in structured mode with where it lies; what is no event has its text for data and the reason."""
    value = message.value()
    raw = value.encode() if isinstance(value, str) else value
    given = message.headers() or []
    headers = [(name, text.encode() if isinstance(text, str) else text) for name, text in (given.items() if isinstance(given, dict) else given)]
    place = {"topic": message.topic(), "partition": message.partition(), "offset": message.offset(), "at": _instant(message.timestamp()[1])}
    try:
        read = cloudevents.decode(raw, headers)
        return {**read.attributes(), "data": json.loads(read.data), **place}
    except Broken as broken:
        return {"type": "", **broken.partial, "broken": broken.rule, "data": None if raw is None else raw.decode(errors="replace"), **place}


def _instant(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(shown: dict[str, Any]) -> Text:
    at = here(datetime.fromisoformat(shown["at"]))
    source = shown.get("source", "").rsplit("/", 1)[-1]
    line = Text(f"{at:%H:%M:%S} ", "dim")
    line.append(f"{source or '?':10} ", COLOURS.get(source, OUTSIDE))
    line.append(short(shown["type"]) or f"no event ({shown.get('broken')})", BAD if "broken" in shown else "bold")
    line.append(f"  {shown.get('subject', '')}", "cyan")
    line.append(f"  {shown['topic']}/{shown['partition']}@{shown['offset']}\n", "dim")
    line.append(f"         {json.dumps(shown['data'], ensure_ascii=False)}")
    return line
