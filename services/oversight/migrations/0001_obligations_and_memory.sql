-- What is owed and by whom, and the envelope of everything that was heard.

SELECT keeps('obligation');
SELECT keeps('party');

CREATE FUNCTION instant_of(text) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1::timestamptz $$;   -- every instant of a state carries its offset

ALTER TABLE obligation_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN name text GENERATED ALWAYS AS (state ->> 'name') STORED,
  ADD COLUMN about text GENERATED ALWAYS AS (state ->> 'about') STORED,
  ADD COLUMN debtor text GENERATED ALWAYS AS (state -> 'debtor' ->> 'name') STORED,
  ADD COLUMN late bool GENERATED ALWAYS AS (coalesce((state ->> 'late')::bool, false)) STORED,
  ADD COLUMN due_at timestamptz GENERATED ALWAYS AS (instant_of(state ->> 'due_at')) STORED;
CREATE INDEX obligation_runs ON obligation_state (due_at, id) WHERE status IN ('OPEN', 'SUSPENDED');
CREATE INDEX obligation_about ON obligation_state (about);
CREATE INDEX obligation_debtor ON obligation_state (debtor);
CREATE INDEX obligation_name ON obligation_state (name, status);

ALTER TABLE party_state ADD COLUMN within uuid GENERATED ALWAYS AS ((state ->> 'within')::uuid) STORED;
CREATE INDEX party_within ON party_state (within);

-- `cause`: what it goes back to; what says no cause of its own (a person's command, a stranger's request) goes back to the beginning of its story.

CREATE TABLE remembered (
  id text NOT NULL,
  service text NOT NULL,
  step text NOT NULL,
  type text NOT NULL,
  source text NOT NULL,
  subject text,
  at timestamptz NOT NULL,
  causationid text,
  correlationid text,
  rule text,
  roles text,
  cause text GENERATED ALWAYS AS (coalesce(causationid, nullif(correlationid, id))) STORED,
  PRIMARY KEY (id, service, step)
);
CREATE INDEX remembered_cause ON remembered (cause) WHERE cause IS NOT NULL;
CREATE INDEX remembered_correlation ON remembered (correlationid);

DO $$ BEGIN EXECUTE 'GRANT SELECT, INSERT ON remembered TO ' || quote_ident(current_setting('cg.runtime')); END $$;
