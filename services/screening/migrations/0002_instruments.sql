-- What the instruments need beside cases: persons over their cases, events with those to be screened for them, files taken in line by line,
-- the sensitive posts with who holds them, and the security officers whose register that is.

SELECT keeps('person'), keeps('gathering'), keeps('draft'), keeps('post'), keeps('officer');

CREATE INDEX case_of_event ON case_state ((state #>> '{occasion,event_id}'), id) WHERE state #>> '{occasion,event_id}' IS NOT NULL;

ALTER TABLE draft_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN unit_id uuid GENERATED ALWAYS AS ((state ->> 'unit_id')::uuid) STORED;
CREATE INDEX draft_incomplete ON draft_state (unit_id, id) WHERE status = 'INCOMPLETE';

ALTER TABLE post_state ADD COLUMN unit_id uuid GENERATED ALWAYS AS ((state ->> 'unit_id')::uuid) STORED;
CREATE INDEX post_of_unit ON post_state (unit_id, id);

CREATE INDEX officer_of_unit ON officer_state USING gin ((state -> 'charges') jsonb_path_ops);

CREATE TABLE register_read (
  at timestamptz NOT NULL,
  actor uuid NOT NULL,
  roles text[] NOT NULL,
  unit_id uuid NOT NULL,
  purpose text NOT NULL,
  persons uuid[] NOT NULL
);
CREATE INDEX register_read_of_person ON register_read USING gin (persons);

DO $$ BEGIN EXECUTE 'GRANT SELECT, INSERT ON register_read TO ' || quote_ident(current_setting('cg.runtime')); END $$;
