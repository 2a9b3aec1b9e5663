-- The universe, posts with their holders, and engagements; with what queries look for as columns of their own.

SELECT keeps('unit'), keeps('post'), keeps('engagement');

ALTER TABLE post_state ADD COLUMN unit_id uuid GENERATED ALWAYS AS ((state ->> 'unit_id')::uuid) STORED;
CREATE INDEX post_held ON post_state USING gin ((state -> 'holders') jsonb_path_ops) WHERE state -> 'holders' <> '[]';

ALTER TABLE engagement_state ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED;
CREATE INDEX engagement_open ON engagement_state (id) WHERE status NOT IN ('CLOSED', 'CANCELLED');
CREATE INDEX engagement_findings ON engagement_state USING gin ((state -> 'findings') jsonb_path_ops) WHERE state -> 'findings' <> '[]';
