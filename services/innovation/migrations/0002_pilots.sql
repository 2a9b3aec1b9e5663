-- Pilots with their gates, partners outside, and who comes from there.

SELECT keeps('pilot'), keeps('partner'), keeps('external');

ALTER TABLE pilot_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN idea_id uuid GENERATED ALWAYS AS ((state ->> 'idea_id')::uuid) STORED;
CREATE INDEX pilot_of_idea ON pilot_state (idea_id);
CREATE INDEX pilot_open ON pilot_state (id) WHERE status NOT IN ('SCALED', 'STOPPED', 'REJECTED');
