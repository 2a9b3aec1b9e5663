-- Appeals.

SELECT keeps('appeal');

ALTER TABLE appeal_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN person_id uuid GENERATED ALWAYS AS ((state ->> 'person_id')::uuid) STORED;
CREATE INDEX appeal_of_person ON appeal_state (person_id);
CREATE INDEX appeal_pending ON appeal_state (id) WHERE status <> 'DECIDED';
