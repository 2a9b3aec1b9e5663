-- Who looked up whom: one row for each answer that names persons. Written once, read by the data protection officer; a row takes about 150 bytes,
-- and 16 more for each person named. A list of ids without names is a row that names nobody and says how many there were.

CREATE TABLE person_read (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  actor uuid NOT NULL,
  roles text[] NOT NULL,
  what text NOT NULL,
  persons uuid[] NOT NULL,
  many int NOT NULL,
  purpose text,
  reason text
);
CREATE INDEX person_read_of ON person_read USING gin (persons);
CREATE INDEX person_read_by ON person_read (actor, id);

DO $$ BEGIN EXECUTE 'GRANT SELECT, INSERT ON person_read TO ' || quote_ident(current_setting('cg.runtime')); END $$;
