-- To forget a person waits also for a transaction that has just given them their first key: what it seals is destroyed too.

CREATE OR REPLACE FUNCTION forget(person text) RETURNS TABLE (entries int, copies int, turned_away int, waiting bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ -- Destroys all that can be read of a person, but for records that wait; returns what it was. What was sealed before there were keys is overwritten.
BEGIN
  -- Waits for whoever seals under a first key of this person now: that row cannot be seen yet, only run into.
  INSERT INTO vault_key VALUES (person, '') ON CONFLICT DO NOTHING;
  DELETE FROM vault_key k WHERE k.about = person AND k.wrapped = '';
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
