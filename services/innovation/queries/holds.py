"""What of a person is not over: while there is any, they are not forgotten unless that is said."""

from __future__ import annotations

HOLDS = """
SELECT 'pilot' AS kind, id FROM pilot_state
 WHERE status NOT IN ('SCALED', 'STOPPED', 'REJECTED') AND state -> 'guests' @> jsonb_build_array(jsonb_build_object('person_id', $1::uuid::text))
 ORDER BY id LIMIT 1000
"""
