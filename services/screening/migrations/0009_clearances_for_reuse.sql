-- Clearances that were granted before persons were kept here: what a person holds is looked for there, so one that still counts can answer a new request.

INSERT INTO person_state AS p (id, version, state, told, matters)
SELECT person_id, 1, jsonb_build_object('clearances', jsonb_agg(held ORDER BY id)), '{}', '{}'
  FROM (SELECT c.person_id, c.id,
               jsonb_build_object('clearance_id', c.id, 'level', c.state -> 'level', 'scopes', coalesce(c.state -> 'scopes', '[]'),
                                  'expires_at', c.state -> 'expires_at', 'renewal', c.state -> 'renewal') AS held
          FROM clearance_state c
         WHERE c.status IN ('GRANTED', 'ACTIVE')
           AND NOT EXISTS (SELECT FROM person_state known
                            WHERE known.id = c.person_id AND known.state -> 'clearances' @> jsonb_build_array(jsonb_build_object('clearance_id', c.id)))) missing
 GROUP BY person_id
ON CONFLICT (id) DO UPDATE
   SET state = p.state || jsonb_build_object('clearances', coalesce(p.state -> 'clearances', '[]') || (excluded.state -> 'clearances')), version = p.version + 1;
