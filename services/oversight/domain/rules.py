"""The text of each rule that a person may meet, in Dutch, French and English."""

from __future__ import annotations

RULES: dict[str, dict[str, str]] = {
    "NOT-FOUND": {
        "nl": "Er is geen verplichting of bericht met dit nummer.",
        "fr": "Il n'existe pas d'obligation ou de message portant ce numéro.",
        "en": "There is no obligation or message with this id.",
    },
}
