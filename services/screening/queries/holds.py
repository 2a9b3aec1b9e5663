"""What of a person is not over: while there is any, they are not forgotten unless that is said."""

from __future__ import annotations

HOLDS = """
SELECT 'case' AS kind, id FROM case_state
 WHERE person_id = $1 AND status NOT IN ('FINAL', 'CLOSED_NO_CONSENT', 'CANCELLED', 'TRANSMITTED')
UNION ALL
SELECT 'advice', id FROM case_state
 WHERE person_id = $1 AND status = 'FINAL' AND state #>> '{decision,valid_until}' IS NOT NULL AND state ->> 'expired_at' IS NULL
UNION ALL
SELECT 'application', id FROM application_state WHERE person_id = $1 AND status NOT IN ('CLOSED', 'WITHDRAWN_BY_PERSON')
UNION ALL
SELECT 'clearance', id FROM clearance_state WHERE person_id = $1 AND status IN ('GRANTED', 'ACTIVE')
UNION ALL
SELECT 'appeal', id FROM appeal_state WHERE person_id = $1 AND status <> 'DECIDED'
UNION ALL
SELECT 'aftercare', id FROM aftercare_state WHERE person_id = $1 AND status <> 'CONCLUDED'
 ORDER BY 1, 2 LIMIT 1000
"""
