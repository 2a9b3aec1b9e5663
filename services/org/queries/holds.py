"""What of a person is not over: while there is any, they are not forgotten unless that is said."""

from __future__ import annotations

HOLDS = "SELECT 'person' AS kind, id FROM person_state WHERE id = $1 AND state ->> 'status' = 'present'"
