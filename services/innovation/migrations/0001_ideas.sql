-- Ideas, with their words in three languages so that similar ones are found while somebody writes, who can judge them, and the units that they are about.

SELECT keeps('idea'), keeps('evaluator'), keeps('unit'), keeps('impact');

ALTER TABLE idea_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN proposer uuid GENERATED ALWAYS AS ((state ->> 'proposer')::uuid) STORED,
  ADD COLUMN words tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('pg_catalog.dutch', state ->> 'title') || to_tsvector('pg_catalog.french', state ->> 'title')
      || to_tsvector('pg_catalog.english', state ->> 'title'), 'A')
    || to_tsvector('pg_catalog.dutch', state ->> 'problem') || to_tsvector('pg_catalog.french', state ->> 'problem')
    || to_tsvector('pg_catalog.english', state ->> 'problem')
  ) STORED;
CREATE INDEX idea_words ON idea_state USING gin (words);
CREATE INDEX idea_open ON idea_state (id) WHERE status NOT IN ('ADOPTED', 'MERGED', 'REJECTED');
CREATE INDEX idea_of ON idea_state (proposer);
CREATE INDEX idea_supported ON idea_state USING gin ((state -> 'supporters'));
CREATE INDEX idea_taken ON idea_state USING gin ((state -> 'taken') jsonb_path_ops);
CREATE INDEX idea_judged ON idea_state USING gin ((state -> 'evaluations') jsonb_path_ops) WHERE state ->> 'scored_at' IS NULL;
CREATE INDEX evaluator_of_theme ON evaluator_state USING gin ((state -> 'themes'));
