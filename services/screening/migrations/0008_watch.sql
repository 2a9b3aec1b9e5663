-- What is still open is looked through often: what is late, stuck, or to be notified.

CREATE INDEX case_pending ON case_state (id) WHERE status NOT IN ('NOTIFIED', 'FINAL', 'TRANSMITTED', 'CLOSED_NO_CONSENT', 'CANCELLED');
CREATE INDEX case_sealed ON case_state (person_id) WHERE state ->> 'sealed_at' IS NOT NULL;
