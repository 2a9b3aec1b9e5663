-- Who was forgotten, and when: what was said of them before that is not put back when its record is read again.

CREATE TABLE forgotten (about text PRIMARY KEY, at timestamptz NOT NULL);   -- real time
INSERT INTO forgotten SELECT body ->> 'person_id', max(at) FROM journal WHERE step = 'operated' AND type = 'PersonForgotten' GROUP BY 1;

CREATE FUNCTION vault_keys(abouts text[], fresh bytea[], came timestamptz[]) RETURNS TABLE (about text, wrapped bytea, forgotten_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ -- The keys of these persons, and when they were forgotten; who has none gets the fresh one, unless forgotten after it `came`.
-- Held until the transaction ends, so that what is sealed with a key is destroyed with it.
#variable_conflict use_column
DECLARE
  wanted text[];
  held int;
BEGIN
  LOOP
    wanted := ARRAY(SELECT u.about FROM unnest(abouts, came) u(about, came) WHERE NOT EXISTS (SELECT FROM forgotten f WHERE f.about = u.about AND f.at >= u.came));
    INSERT INTO vault_key SELECT u.about, u.wrapped FROM unnest(abouts, fresh) u(about, wrapped) WHERE u.about = ANY (wanted) ORDER BY 1 ON CONFLICT DO NOTHING;
    PERFORM FROM vault_key k WHERE k.about = ANY (wanted) ORDER BY k.about FOR KEY SHARE;
    GET DIAGNOSTICS held = ROW_COUNT;
    EXIT WHEN held = cardinality(wanted);   -- else one was destroyed meanwhile
  END LOOP;
  RETURN QUERY SELECT u.about, k.wrapped, f.at
    FROM unnest(abouts) u(about) LEFT JOIN vault_key k ON k.about = u.about LEFT JOIN forgotten f ON f.about = u.about;
END $$;

CREATE FUNCTION forget(person text, now_at timestamptz) RETURNS TABLE (entries int, copies int, turned_away int, waiting bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ -- Destroys all that can be read of a person, but for records that wait; returns what it was.
BEGIN
  -- Waits for whoever seals under a first key of this person now: that row cannot be seen yet, only run into.
  INSERT INTO vault_key VALUES (person, '') ON CONFLICT DO NOTHING;
  DELETE FROM vault_key k WHERE k.about = person AND k.wrapped = '';
  PERFORM FROM vault_key k WHERE k.about = person FOR UPDATE;
  RETURN QUERY SELECT * FROM kept_of(person);
  DELETE FROM vault_key k WHERE k.about = person;
  UPDATE vault v SET sealed = '\x00' WHERE v.about = person AND get_byte(v.sealed, 0) <> 0;   -- a key that somebody new gets one day opens nothing of this
  INSERT INTO forgotten AS f VALUES (person, now_at) ON CONFLICT (about) DO UPDATE SET at = greatest(f.at, excluded.at);
  WITH done AS (
    UPDATE parked p SET raw = NULL, edited = NULL
     WHERE p.origin = 'record' AND p.state <> 'waiting' AND (mentions(p.raw, person) OR mentions(p.edited, person)) RETURNING p.id)
  UPDATE parked_action a SET diff = NULL FROM done WHERE a.parked_id = done.id;
  UPDATE rejected r SET raw = NULL WHERE mentions(r.raw, person);
END $$;

-- A process of the build before, while one after the other is started again.
CREATE OR REPLACE FUNCTION forget(person text) RETURNS TABLE (entries int, copies int, turned_away int, waiting bigint[])
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT * FROM forget(person, now()) $$;

REVOKE EXECUTE ON FUNCTION vault_keys(text[], bytea[], timestamptz[]), forget(text, timestamptz) FROM PUBLIC;
DO $$
DECLARE who text := quote_ident(current_setting('cg.runtime'));
BEGIN
  EXECUTE 'GRANT SELECT ON forgotten TO ' || who;
  EXECUTE 'GRANT EXECUTE ON FUNCTION vault_keys(text[], bytea[], timestamptz[]), forget(text, timestamptz) TO ' || who;
END $$;
