-- What strangers counted is forgotten when nothing came for long; and a person may take a partition that nobody reads as read, on record.

ALTER TABLE counted ADD COLUMN at timestamptz NOT NULL DEFAULT now();

CREATE TABLE taken_as_read (
  topic text NOT NULL,
  part int NOT NULL,
  upto timestamptz NOT NULL,   -- domain time
  at timestamptz NOT NULL,
  actor jsonb NOT NULL,
  reason text NOT NULL
);

DO $$
DECLARE who text := quote_ident(current_setting('cg.runtime'));
BEGIN
  EXECUTE 'GRANT DELETE ON counted TO ' || who;
  EXECUTE 'GRANT SELECT, INSERT ON taken_as_read TO ' || who;
END $$;
