-- Reports with their desk and custodians, what org tells of units and posts, and the bulletin. No row says at what hour it was written.

SELECT keeps('report'), keeps('desk'), keeps('identity'), keeps('custody'), keeps('bulletin'), keeps('unit'), keeps('post');

ALTER TABLE report_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN handler uuid GENERATED ALWAYS AS ((state ->> 'handler')::uuid) STORED;
CREATE INDEX report_of_handler ON report_state (handler);

CREATE INDEX post_of_persons ON post_state USING gin ((state -> 'stays') jsonb_path_ops);
CREATE INDEX post_of_units ON post_state USING gin ((state -> 'places') jsonb_path_ops);

CREATE FUNCTION without_hour() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.recorded_at := date_trunc('day', now()); RETURN NEW; END $$;

DO $$
DECLARE kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['report', 'desk', 'identity', 'custody', 'bulletin'] LOOP
    EXECUTE format('CREATE TRIGGER without_hour BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION without_hour()', kind || '_state');
  END LOOP;
END $$;

ALTER TABLE idempotency ALTER COLUMN at SET DEFAULT date_trunc('day', now());
