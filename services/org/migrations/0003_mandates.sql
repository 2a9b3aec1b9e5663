-- Which posts are held by mandate, and who sits or sat in a commission for one.

ALTER TABLE post_state
  ADD COLUMN is_mandate boolean GENERATED ALWAYS AS (coalesce((state #>> '{seat,is_mandate}')::boolean, false)) STORED,
  ADD COLUMN seated jsonb GENERATED ALWAYS AS (jsonb_path_query_array(state, '$.mandates[*].commissions[*].members[*].person_id')) STORED;
CREATE INDEX post_seated ON post_state USING gin (seated) WHERE seated <> '[]';
