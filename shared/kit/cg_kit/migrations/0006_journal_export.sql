-- The record outside the database: which stretches of the journal were exported, each chained to the one before; and how a partition may go.

CREATE TABLE journal_export (
  first bigint NOT NULL,
  last bigint NOT NULL,
  rows bigint NOT NULL,
  previous text NOT NULL,     -- the checkpoint before this stretch
  checkpoint text NOT NULL,   -- sha256 over the previous one and the stretch
  at timestamptz NOT NULL,
  PRIMARY KEY (last, checkpoint),
  CHECK (first <= last)
);

-- For how long the journal is kept in the database: the latest row counts; null, as it begins, is for ever. Only the owner adds one.
CREATE TABLE journal_kept (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  days int CHECK (days > 0),
  at timestamptz NOT NULL DEFAULT now(),
  reason text NOT NULL
);
INSERT INTO journal_kept (days, reason) VALUES (NULL, 'as it begins');

CREATE TABLE journal_dropped (
  part int PRIMARY KEY,
  first bigint NOT NULL,
  last bigint NOT NULL,
  rows bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  reason text NOT NULL
);

CREATE FUNCTION drop_journal(part int, reason text) RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp AS
$$ -- Drops one partition of the journal, as its owner; returns how many rows went. Never one that is still needed, or that stands nowhere else.
DECLARE
  size constant bigint := 50000000;
  low constant bigint := part * size;
  high constant bigint := (part + 1) * size;
  kept int;
  youngest timestamptz;
  gone bigint;
  stretch record;
  reached bigint := greatest(low, 1);
BEGIN
  IF to_regclass(format('journal_%s', part)) IS NULL THEN
    RAISE EXCEPTION 'there is no partition %', part USING ERRCODE = 'no_data_found';
  END IF;
  SELECT k.days INTO kept FROM journal_kept k ORDER BY k.id DESC LIMIT 1;
  IF kept IS NULL THEN
    RAISE EXCEPTION 'the journal is kept for ever here' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  EXECUTE format('SELECT max(at), count(*) FROM journal_%s', part) INTO youngest, gone;
  IF youngest > now() - make_interval(days => kept) THEN
    RAISE EXCEPTION 'its youngest row is of %, and % days are kept', youngest, kept USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF (SELECT coalesce(max(seq), 0) FROM journal) < high THEN
    RAISE EXCEPTION 'it is in use' USING ERRCODE = 'object_in_use';
  END IF;
  IF (SELECT last FROM relay) < high - 1 AND EXISTS (SELECT FROM journal j, relay r WHERE j.seq > r.last AND j.seq < high AND j.topic IS NOT NULL) THEN
    RAISE EXCEPTION 'the relay is not past it' USING ERRCODE = 'object_in_use';
  END IF;
  IF EXISTS (SELECT FROM follower WHERE last < high - 1) THEN
    RAISE EXCEPTION 'a follower is not past it' USING ERRCODE = 'object_in_use';
  END IF;
  FOR stretch IN SELECT first, last FROM journal_export WHERE last >= low ORDER BY first LOOP
    EXIT WHEN stretch.first > reached;
    reached := greatest(reached, stretch.last + 1);
  END LOOP;
  IF EXISTS (SELECT FROM journal WHERE seq >= reached AND seq < high) THEN
    RAISE EXCEPTION 'its rows from % on were not exported', reached USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  INSERT INTO journal_dropped (part, first, last, rows, reason)
  SELECT part, min(seq), max(seq), gone, reason FROM journal WHERE seq >= low AND seq < high;
  EXECUTE format('DROP TABLE journal_%s', part);
  RETURN gone;
END $$;

REVOKE EXECUTE ON FUNCTION drop_journal(int, text) FROM PUBLIC;

DO $$
DECLARE who text := quote_ident(current_setting('cg.runtime'));
BEGIN
  EXECUTE 'GRANT SELECT, INSERT ON journal_export TO ' || who;
  EXECUTE 'GRANT SELECT ON journal_kept, journal_dropped TO ' || who;
END $$;
