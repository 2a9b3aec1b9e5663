-- Year plans; and recommendations, with what the register looks for as columns of their own.

SELECT keeps('plan'), keeps('recommendation');

ALTER TABLE recommendation_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN unit_id uuid GENERATED ALWAYS AS ((state ->> 'unit_id')::uuid) STORED,
  ADD COLUMN owner_post_id uuid GENERATED ALWAYS AS ((state ->> 'owner_post_id')::uuid) STORED;
CREATE INDEX recommendation_open ON recommendation_state (id) WHERE status <> 'CLOSED';
CREATE INDEX recommendation_of_owner ON recommendation_state (owner_post_id) WHERE status <> 'CLOSED';
CREATE INDEX recommendation_of_unit ON recommendation_state (unit_id);
