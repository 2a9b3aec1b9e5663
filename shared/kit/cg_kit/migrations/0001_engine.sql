-- What every service's database holds for the engine: positions, inbox, parked records, timers, journal, relay, vault.
-- The runtime role's name comes from the setting cg.runtime, which the migrator sets in this transaction.

-- Journal: its sequence is the order of commits. Numbers are drawn only under the trigger's lock, and the lock ends after the commit is visible,
-- so what is visible is always a prefix. It is the last statement of every transaction. The identity's cache stays 1.

CREATE TABLE journal (
  seq bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  id uuid NOT NULL,
  step text NOT NULL CHECK (step IN ('event', 'message', 'command', 'deadline', 'refused', 'accepted', 'operated')),
  kind text,
  aggregate uuid,
  version int,
  topic text,
  key text,
  type text NOT NULL,
  headers jsonb NOT NULL,
  body jsonb NOT NULL,
  actor jsonb,
  cause text NOT NULL,
  correlation text NOT NULL,
  PRIMARY KEY (seq),
  CONSTRAINT fits_the_broker CHECK (topic IS NULL OR pg_column_size(body) < 900000)   -- a larger one would stop the relay for ever
) PARTITION BY RANGE (seq);
CREATE INDEX journal_id ON journal (id);
CREATE INDEX journal_correlation ON journal (correlation);

CREATE FUNCTION journal_in_commit_order() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock(hashtextextended('cg.journal', 0)); RETURN NULL; END $$;
CREATE TRIGGER in_commit_order BEFORE INSERT ON journal FOR EACH STATEMENT EXECUTE FUNCTION journal_in_commit_order();

CREATE FUNCTION extend_journal() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ -- Adds partitions until a whole one stands ahead of the one in use; returns how many it added.
DECLARE
  size constant bigint := 50000000;
  last bigint;
  wanted bigint;
  n bigint;
  added int := 0;
BEGIN
  SELECT coalesce(max(seq), 0) INTO last FROM journal;
  wanted := last / size + 1;
  FOR n IN greatest(wanted - 1, 0) .. wanted LOOP
    IF to_regclass(format('journal_%s', n)) IS NULL THEN
      PERFORM pg_advisory_xact_lock(hashtextextended('cg.extend', 0));
      IF to_regclass(format('journal_%s', n)) IS NULL THEN
        EXECUTE format('CREATE TABLE journal_%s PARTITION OF journal FOR VALUES FROM (%s) TO (%s)', n, n * size, (n + 1) * size);
        added := added + 1;
      END IF;
    END IF;
  END LOOP;
  RETURN added;
END $$;
SELECT extend_journal();

CREATE TABLE relay (one bool PRIMARY KEY DEFAULT true CHECK (one), last bigint NOT NULL, epoch bigint NOT NULL);
INSERT INTO relay (last, epoch) VALUES (0, 0);

CREATE TABLE follower (name text PRIMARY KEY, last bigint NOT NULL);

-- Positions: the database owns where to read on; moved by compare-and-set in the batch's transaction.

CREATE TABLE position (topic text, part int, next bigint NOT NULL, caught_up_at timestamptz, PRIMARY KEY (topic, part)) WITH (fillfactor = 50);

CREATE FUNCTION move(topics text[], parts int[], starts bigint[], uptos bigint[]) RETURNS int LANGUAGE plpgsql AS
$$ -- How many of these positions stood at their start and were moved. Locks in order first: an UPDATE promises none.
DECLARE moved int;
BEGIN
  PERFORM FROM position p JOIN unnest(topics, parts) u(topic, part) ON p.topic = u.topic AND p.part = u.part ORDER BY p.topic, p.part FOR UPDATE OF p;
  UPDATE position p SET next = u.upto FROM unnest(topics, parts, starts, uptos) u(topic, part, start, upto)
   WHERE p.topic = u.topic AND p.part = u.part AND p.next = u.start;
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END $$;

-- Inbox: two generations. Nobody writes to the previous one, so uniqueness over the border is exact.

CREATE TABLE inbox (gen int, key uuid, digest bytea NOT NULL, PRIMARY KEY (gen, key)) PARTITION BY LIST (gen);
CREATE TABLE inbox_1 PARTITION OF inbox FOR VALUES IN (1);
CREATE TABLE generation (one bool PRIMARY KEY DEFAULT true CHECK (one), gen int NOT NULL, since timestamptz NOT NULL DEFAULT now());
INSERT INTO generation (gen) VALUES (1);

CREATE FUNCTION take(keys uuid[], digests bytea[]) RETURNS TABLE (known uuid, known_digest bytea) LANGUAGE plpgsql AS
$$ -- Puts keys in the inbox; returns those that were there, with the digest they came with.
DECLARE
  now_gen int;
  fresh uuid[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('cg.inbox', 0));
  SELECT gen INTO STRICT now_gen FROM generation;
  WITH put AS (
    INSERT INTO inbox AS i (gen, key, digest)
    SELECT now_gen, u.key, u.digest FROM unnest(keys, digests) u(key, digest)
     WHERE NOT EXISTS (SELECT FROM inbox o WHERE o.gen = now_gen - 1 AND o.key = u.key)
     ORDER BY u.key
    ON CONFLICT DO NOTHING RETURNING i.key)
  SELECT coalesce(array_agg(put.key), '{}') INTO fresh FROM put;
  IF cardinality(fresh) < cardinality(keys) THEN
    RETURN QUERY SELECT i.key, i.digest FROM inbox i WHERE i.gen IN (now_gen, now_gen - 1) AND i.key = ANY (keys) AND i.key <> ALL (fresh);
  END IF;
END $$;

CREATE FUNCTION rotate_inbox() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ -- Begins a new generation and drops the one before the previous; returns the new one's number.
DECLARE next_gen int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('cg.inbox', 0));
  SELECT gen + 1 INTO STRICT next_gen FROM generation;
  EXECUTE format('CREATE TABLE inbox_%s PARTITION OF inbox FOR VALUES IN (%s)', next_gen, next_gen);
  EXECUTE format('DROP TABLE IF EXISTS inbox_%s', next_gen - 2);
  UPDATE generation SET gen = next_gen, since = now();
  RETURN next_gen;
END $$;

-- The highest `sequence` of each stranger's aggregate: a gap is a warning to the publisher.

CREATE TABLE counted (source text, subject text, last bigint NOT NULL, PRIMARY KEY (source, subject));

CREATE TABLE idempotency (account text, key text, digest bytea NOT NULL, response text NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (account, key));

-- Parked: what waits, behind its key (source, subject).

CREATE TABLE blocked (source text, subject text, since timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (source, subject));

CREATE TABLE parked (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source text,
  subject text,
  origin text NOT NULL CHECK (origin IN ('record', 'follow', 'timer')),
  message_id text,
  type text,
  topic text NOT NULL,
  part int NOT NULL,
  "offset" bigint NOT NULL,
  raw bytea,
  key bytea,
  headers jsonb NOT NULL,
  received_at timestamptz NOT NULL,
  domain_at timestamptz NOT NULL,
  rule text NOT NULL,
  field text,
  reason text NOT NULL,
  correlation text,
  build text NOT NULL,
  tries int NOT NULL,
  next_try_at timestamptz,
  state text NOT NULL CHECK (state IN ('waiting', 'applied', 'discarded')),
  edited bytea   -- a person's version; raw stays as it came
);
CREATE INDEX parked_waiting ON parked (source, subject, id) WHERE state = 'waiting';

CREATE TABLE parked_action (
  parked_id bigint NOT NULL REFERENCES parked,
  at timestamptz NOT NULL,
  actor jsonb NOT NULL,
  what text NOT NULL,
  diff jsonb,
  reason text
);
CREATE INDEX parked_action_of ON parked_action (parked_id);

CREATE TABLE rejected (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account text NOT NULL,
  message_id text,
  type text,
  source text,
  subject text,
  topic text NOT NULL,
  part int NOT NULL,
  "offset" bigint NOT NULL,
  raw bytea,
  headers jsonb NOT NULL,
  received_at timestamptz NOT NULL,
  rule text NOT NULL,
  field text,
  reason text NOT NULL
);
CREATE INDEX rejected_received ON rejected (received_at);

-- Timers: the open ones equal due(state); fired ones are remembered, so each fires once for ever. Owned by the aggregate's lock.

CREATE TABLE timer (
  kind text,
  id uuid,
  name text,
  at timestamptz,
  matter uuid,
  trace text,
  cause text NOT NULL,
  correlation text NOT NULL,
  fired_at timestamptz,
  PRIMARY KEY (kind, id, name, at)
);
CREATE INDEX timer_open ON timer (at) WHERE fired_at IS NULL;

-- Personal data, encrypted; each reading is recorded. What HTTP denied is recorded too.

CREATE TABLE vault (ref uuid PRIMARY KEY, about text, sealed bytea NOT NULL, at timestamptz NOT NULL);
CREATE TABLE vault_read (ref uuid NOT NULL, at timestamptz NOT NULL, actor jsonb NOT NULL, purpose text NOT NULL);
CREATE INDEX vault_read_ref ON vault_read (ref);
CREATE TABLE denied (at timestamptz NOT NULL, actor text, roles text[] NOT NULL, route text NOT NULL, rule text NOT NULL);
CREATE INDEX denied_at ON denied (at);

-- Aggregates: one table a kind, made by the service's own migration: SELECT keeps('case');

CREATE FUNCTION keeps(kind text) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
  IF kind !~ '^[a-z][a-z0-9_]{0,40}$' THEN
    RAISE EXCEPTION 'a kind is a lower case word, not %', kind;
  END IF;
  EXECUTE format(
    'CREATE TABLE %I (id uuid PRIMARY KEY, version int NOT NULL, state jsonb NOT NULL, told jsonb NOT NULL, matters jsonb NOT NULL,
                      recorded_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 80)', kind || '_state');
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO %I', kind || '_state', current_setting('cg.runtime'));
END $$;

-- Rights: no more than the engine uses. Nobody but the owner changes what is written once, or writes past the trigger into a partition.

REVOKE EXECUTE ON FUNCTION rotate_inbox(), extend_journal(), keeps(text) FROM PUBLIC;

DO $$
DECLARE who text := quote_ident(current_setting('cg.runtime'));
BEGIN
  EXECUTE 'GRANT USAGE ON SCHEMA public TO ' || who;
  EXECUTE 'GRANT EXECUTE ON FUNCTION rotate_inbox(), extend_journal() TO ' || who;
  EXECUTE 'GRANT SELECT ON generation TO ' || who;
  EXECUTE 'GRANT SELECT, INSERT ON journal, inbox, parked_action, vault, vault_read, denied TO ' || who;
  EXECUTE 'GRANT SELECT, UPDATE ON relay TO ' || who;
  EXECUTE 'GRANT SELECT, INSERT, UPDATE ON follower, position, parked, counted TO ' || who;
  EXECUTE 'GRANT SELECT, INSERT, DELETE ON idempotency, rejected TO ' || who;
  EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON blocked, timer TO ' || who;
END $$;
