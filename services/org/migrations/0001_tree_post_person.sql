-- The unit tree, posts and persons, with what queries look for as columns of their own.

SELECT keeps('tree'), keeps('post'), keeps('person');

ALTER TABLE post_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN unit_id uuid GENERATED ALWAYS AS ((state #>> '{seat,unit_id}')::uuid) STORED,
  ADD COLUMN sensitivity text GENERATED ALWAYS AS (state #>> '{seat,sensitivity}') STORED,
  ADD COLUMN is_head boolean GENERATED ALWAYS AS ((state #>> '{seat,is_head}')::boolean) STORED,
  ADD COLUMN owes boolean GENERATED ALWAYS AS (jsonb_path_exists(state, '$.assignments[*].entitlements[*] ? (@.access == "suspended")')) STORED;
CREATE INDEX post_of_unit ON post_state (unit_id);
CREATE INDEX post_vacant ON post_state (id) WHERE status = 'vacant';
CREATE INDEX post_head ON post_state (unit_id) WHERE is_head;
CREATE INDEX post_owes ON post_state (id) WHERE owes;

ALTER TABLE person_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN language text GENERATED ALWAYS AS (state ->> 'language') STORED,
  ADD COLUMN assigned boolean GENERATED ALWAYS AS (jsonb_path_exists(state, '$.appointments[*] ? (@.standing == "held")')) STORED;
CREATE INDEX person_unassigned ON person_state (id) WHERE NOT assigned;
