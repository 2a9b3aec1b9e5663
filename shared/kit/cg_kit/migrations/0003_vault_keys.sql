-- A key for each person whose data the vault holds, itself encrypted with the service's key. To forget a person is to destroy it.

CREATE TABLE vault_key (about text PRIMARY KEY, wrapped bytea NOT NULL);
CREATE INDEX vault_about ON vault (about) WHERE about IS NOT NULL;

CREATE FUNCTION vault_keys(abouts text[], fresh bytea[]) RETURNS TABLE (about text, wrapped bytea) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ -- The keys of these persons; who has none gets the fresh one. Held until the transaction ends, so that what is sealed with a key is destroyed with it.
#variable_conflict use_column
DECLARE held int;
BEGIN
  LOOP
    INSERT INTO vault_key SELECT u.about, u.wrapped FROM unnest(abouts, fresh) u(about, wrapped) ORDER BY 1 ON CONFLICT DO NOTHING;
    PERFORM FROM vault_key k WHERE k.about = ANY (abouts) ORDER BY k.about FOR KEY SHARE;
    GET DIAGNOSTICS held = ROW_COUNT;
    EXIT WHEN held = cardinality(abouts);   -- else one was destroyed meanwhile
  END LOOP;
  RETURN QUERY SELECT k.about, k.wrapped FROM vault_key k WHERE k.about = ANY (abouts);
END $$;

CREATE FUNCTION mentions(raw bytea, about text) RETURNS bool LANGUAGE sql IMMUTABLE AS
$$ -- Whether a record as it came names this person's id, however written.
SELECT coalesce(strpos(replace(lower(encode(raw, 'escape')), '-', ''), replace(lower(about), '-', '')) > 0, false) $$;

CREATE FUNCTION kept_of(person text) RETURNS TABLE (entries int, copies int, turned_away int, waiting bigint[]) LANGUAGE sql STABLE AS
$$ -- What can be read of a person: entries of the vault, and records with personal data as they came, that were parked or turned away; which still wait.
SELECT (SELECT count(*)::int FROM vault v WHERE v.about = person AND
          (get_byte(v.sealed, 0) = 1 OR (get_byte(v.sealed, 0) = 2 AND EXISTS (SELECT FROM vault_key k WHERE k.about = person)))),
       (SELECT count(*)::int FROM parked p WHERE p.origin = 'record' AND p.state <> 'waiting' AND (mentions(p.raw, person) OR mentions(p.edited, person))),
       (SELECT count(*)::int FROM rejected r WHERE mentions(r.raw, person)),
       (SELECT coalesce(array_agg(p.id ORDER BY p.id), '{}') FROM parked p
         WHERE p.origin = 'record' AND p.state = 'waiting' AND (mentions(p.raw, person) OR mentions(p.edited, person))) $$;

CREATE FUNCTION forget(person text) RETURNS TABLE (entries int, copies int, turned_away int, waiting bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ -- Destroys all that can be read of a person, but for records that wait; returns what it was. What was sealed before there were keys is overwritten.
BEGIN
  PERFORM FROM vault_key k WHERE k.about = person FOR UPDATE;
  RETURN QUERY SELECT * FROM kept_of(person);
  DELETE FROM vault_key k WHERE k.about = person;
  UPDATE vault v SET sealed = '\x00' WHERE v.about = person AND get_byte(v.sealed, 0) = 1;
  WITH done AS (
    UPDATE parked p SET raw = NULL, edited = NULL
     WHERE p.origin = 'record' AND p.state <> 'waiting' AND (mentions(p.raw, person) OR mentions(p.edited, person)) RETURNING p.id)
  UPDATE parked_action a SET diff = NULL FROM done WHERE a.parked_id = done.id;
  UPDATE rejected r SET raw = NULL WHERE mentions(r.raw, person);
END $$;

REVOKE EXECUTE ON FUNCTION vault_keys(text[], bytea[]), forget(text) FROM PUBLIC;
DO $$
DECLARE who text := quote_ident(current_setting('cg.runtime'));
BEGIN
  EXECUTE 'GRANT SELECT ON vault_key TO ' || who;
  EXECUTE 'GRANT EXECUTE ON FUNCTION vault_keys(text[], bytea[]), forget(text) TO ' || who;
END $$;
