-- Cases, applications and clearances, with what queries look for as columns of their own; and who asked whether somebody's clearance counts.

SELECT keeps('case'), keeps('application'), keeps('clearance');

ALTER TABLE case_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN person_id uuid GENERATED ALWAYS AS ((state ->> 'person_id')::uuid) STORED;
CREATE INDEX case_of_person ON case_state (person_id);
CREATE INDEX case_to_notify ON case_state (id) WHERE status IN ('DECIDED', 'ANSWERED');
CREATE INDEX case_late ON case_state (id) WHERE state ->> 'late_at' IS NOT NULL;
CREATE INDEX case_source_late ON case_state (id) WHERE status = 'IN_VERIFICATION';
CREATE INDEX case_of_officer ON case_state USING gin ((state -> 'officers')) WHERE state -> 'officers' <> '[]';

ALTER TABLE application_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN person_id uuid GENERATED ALWAYS AS ((state ->> 'person_id')::uuid) STORED;
CREATE INDEX application_open ON application_state (id) WHERE status IN ('UNDER_INVESTIGATION', 'GRANTED', 'GRANTED_LIMITED', 'REFUSED');

ALTER TABLE clearance_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN person_id uuid GENERATED ALWAYS AS ((state ->> 'person_id')::uuid) STORED;
CREATE INDEX clearance_of_person ON clearance_state (person_id);

CREATE TABLE validity_read (
  at timestamptz NOT NULL,
  actor uuid NOT NULL,
  roles text[] NOT NULL,
  person_id uuid NOT NULL,
  level text,
  purpose text NOT NULL,
  usable boolean NOT NULL
);
CREATE INDEX validity_read_of_person ON validity_read (person_id, at);

DO $$ BEGIN EXECUTE 'GRANT SELECT, INSERT ON validity_read TO ' || quote_ident(current_setting('cg.runtime')); END $$;
