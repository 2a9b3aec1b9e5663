-- Aftercare cases; and for what was there before, whose it is: what is said of a person is brought to it.

SELECT keeps('aftercare');

ALTER TABLE aftercare_state
  ADD COLUMN status text GENERATED ALWAYS AS (state ->> 'status') STORED,
  ADD COLUMN person_id uuid GENERATED ALWAYS AS ((state ->> 'person_id')::uuid) STORED;
CREATE INDEX aftercare_of_person ON aftercare_state (person_id);
CREATE INDEX aftercare_open ON aftercare_state (id) WHERE status <> 'CONCLUDED';

INSERT INTO person_state AS p (id, version, state, told, matters)
SELECT person_id, 1, jsonb_build_object('had', jsonb_agg(jsonb_build_object('thing', thing, 'id', id) ORDER BY id)), '{}', '{}'
  FROM (SELECT person_id, 'case' AS thing, id FROM case_state WHERE state -> 'checks' <> '[]' OR status = 'TRANSMITTED'
        UNION ALL
        SELECT person_id, 'clearance', id FROM clearance_state) had
 GROUP BY person_id
ON CONFLICT (id) DO UPDATE SET state = p.state || excluded.state, version = p.version + 1;
