-- The radar, challenges to answer, and events.

SELECT keeps('trend'), keeps('challenge'), keeps('gathering');

CREATE INDEX challenge_open ON challenge_state (id) WHERE state ->> 'status' = 'OPEN';
