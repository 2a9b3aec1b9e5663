-- Replays: what an operator has read again, why, how far it came and what became of it. A replay goes on where it stood, whoever is killed.

-- Since when the inbox forgets nothing: the beginning of its previous generation. Before that a replay cannot know what was taken.
ALTER TABLE generation ADD COLUMN remembers timestamptz NOT NULL DEFAULT '-infinity';
UPDATE generation SET remembers = since WHERE gen > 2;

CREATE OR REPLACE FUNCTION rotate_inbox() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ -- Begins a new generation and drops the one before the previous; returns the new one's number.
DECLARE next_gen int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('cg.inbox', 0));
  SELECT gen + 1 INTO STRICT next_gen FROM generation;
  EXECUTE format('CREATE TABLE inbox_%s PARTITION OF inbox FOR VALUES IN (%s)', next_gen, next_gen);
  EXECUTE format('DROP TABLE IF EXISTS inbox_%s', next_gen - 2);
  UPDATE generation SET gen = next_gen, remembers = CASE WHEN gen = 1 THEN '-infinity' ELSE since END, since = now();
  RETURN next_gen;
END $$;

CREATE TABLE replay (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL,
  actor jsonb NOT NULL,
  reason text NOT NULL,
  topic text NOT NULL,
  part int,
  types text[],
  from_at timestamptz,
  from_offset bigint,
  to_at timestamptz,
  to_offset bigint,
  dry bool NOT NULL,
  again bool NOT NULL,
  tried uuid REFERENCES replay,   -- the dry run that said what it would do
  rate int NOT NULL,
  state text NOT NULL CHECK (state IN ('asked', 'running', 'done', 'stopped')),
  ended_at timestamptz,
  why text,
  stopped_by jsonb
);
CREATE INDEX replay_open ON replay (at) WHERE state IN ('asked', 'running');

CREATE TABLE replay_place (
  replay uuid REFERENCES replay,
  part int,
  start bigint NOT NULL,
  next bigint NOT NULL,
  until bigint NOT NULL,
  counts jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (replay, part)
);

DO $$
DECLARE who text := quote_ident(current_setting('cg.runtime'));
BEGIN
  EXECUTE 'GRANT SELECT, INSERT ON replay, replay_place TO ' || who;
  EXECUTE 'GRANT UPDATE (state, ended_at, why, stopped_by) ON replay TO ' || who;
  EXECUTE 'GRANT UPDATE (next, counts) ON replay_place TO ' || who;
END $$;
