-- What the service offers, surveys and protection. Who took part in a survey and what was answered stand apart, in sorted heaps without time or order.

SELECT keeps('protection'), keeps('survey'), keeps('training'), keeps('tip'), keeps('tool');

CREATE TABLE participation (survey_id uuid PRIMARY KEY, persons text[] NOT NULL);

CREATE TABLE ballot (survey_id uuid, heap int, spent text[] NOT NULL, ballots jsonb NOT NULL, PRIMARY KEY (survey_id, heap));

CREATE FUNCTION forget_survey() RETURNS trigger LANGUAGE plpgsql AS
$$ -- When a survey closes, who took part is gone; when it is shown or withheld, the answers are.
BEGIN
  IF NEW.state ->> 'status' IN ('CLOSED', 'ANALYSED', 'PUBLISHED', 'WITHHELD') THEN
    UPDATE participation SET persons = '{}' WHERE survey_id = NEW.id AND persons <> '{}';
    UPDATE ballot SET spent = '{}' WHERE survey_id = NEW.id AND spent <> '{}';
  END IF;
  IF NEW.state ->> 'status' IN ('PUBLISHED', 'WITHHELD') THEN
    UPDATE ballot SET ballots = '[]' WHERE survey_id = NEW.id AND ballots <> '[]';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_survey AFTER UPDATE ON survey_state FOR EACH ROW EXECUTE FUNCTION forget_survey();

DO $$
DECLARE kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['protection', 'survey'] LOOP
    EXECUTE format('CREATE TRIGGER without_hour BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION without_hour()', kind || '_state');
  END LOOP;
  EXECUTE 'GRANT SELECT, INSERT, UPDATE ON participation, ballot TO ' || quote_ident(current_setting('cg.runtime'));
END $$;
