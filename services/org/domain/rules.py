"""The text of each rule that a person may meet, in Dutch, French and English."""

from __future__ import annotations

RULES: dict[str, dict[str, str]] = {
    "ORG-1": {
        "nl": "Op elke dag vormen de eenheden één boom met één wortel.",
        "fr": "Chaque jour, les unités forment un seul arbre avec une seule racine.",
        "en": "On every day the units form one tree with one root.",
    },
    "ORG-2": {
        "nl": "Een ambt heeft op elke dag één houder; alleen een waarnemer mag een afwezige houder vervangen.",
        "fr": "Un emploi a un seul titulaire par jour; seul un faisant fonction peut remplacer un titulaire absent.",
        "en": "A post has one holder on any day; only one interim may stand in for an absent holder.",
    },
    "ORG-3": {
        "nl": "Zonder het advies of de machtiging die het ambt vraagt, wordt het niet uitgeoefend.",
        "fr": "Sans l'avis ou l'habilitation que l'emploi exige, il n'est pas exercé.",
        "en": "Nobody acts in a post without the advice or clearance that it asks for.",
    },
    "ORG-FOUR-EYES": {
        "nl": "Wie een ambt voorstelt, keurt het niet zelf goed.",
        "fr": "Qui propose un emploi ne l'approuve pas.",
        "en": "Who proposes a post does not approve it.",
    },
    "ORG-NEED-TO-KNOW": {
        "nl": "U hebt geen nood tot kennisname van deze persoon.",
        "fr": "Vous n'avez pas besoin d'en connaître au sujet de cette personne.",
        "en": "You have no need to know about this person.",
    },
    "ORG-UNIT": {
        "nl": "Deze eenheid bestaat niet op die dag.",
        "fr": "Cette unité n'existe pas à cette date.",
        "en": "This unit does not exist on that day.",
    },
    "ORG-UNIT-EXISTS": {
        "nl": "Er is al een andere eenheid met dit nummer of deze korte naam.",
        "fr": "Il existe déjà une autre unité avec cet identifiant ou ce nom court.",
        "en": "There is another unit with this id or short name already.",
    },
    "ORG-POST": {
        "nl": "Dit ambt bestaat niet.",
        "fr": "Cet emploi n'existe pas.",
        "en": "This post does not exist.",
    },
    "ORG-POST-EXISTS": {
        "nl": "Er is al een ander ambt met dit nummer.",
        "fr": "Il existe déjà un autre emploi avec cet identifiant.",
        "en": "There is another post with this id already.",
    },
    "ORG-POST-CLOSED": {
        "nl": "Dit ambt is nog niet goedgekeurd.",
        "fr": "Cet emploi n'est pas encore approuvé.",
        "en": "This post is not approved yet.",
    },
    "ORG-POST-LEVEL": {
        "nl": "Een ambt met machtiging noemt het niveau; een ander ambt noemt er geen.",
        "fr": "Un emploi avec habilitation indique le niveau; un autre emploi n'en indique pas.",
        "en": "A post that asks for a clearance names its level; any other post names none.",
    },
    "ORG-PERSON": {
        "nl": "Deze persoon is niet gekend, of heeft de politie verlaten.",
        "fr": "Cette personne n'est pas connue, ou a quitté la police.",
        "en": "This person is not known, or has left the police.",
    },
    "ORG-ASSIGNMENT": {
        "nl": "Deze aanstelling bestaat niet.",
        "fr": "Cette désignation n'existe pas.",
        "en": "This assignment does not exist.",
    },
    "ORG-ENTITLEMENT": {
        "nl": "Dit toegangsrecht bestaat niet.",
        "fr": "Ce droit d'accès n'existe pas.",
        "en": "This access entitlement does not exist.",
    },
    "ORG-CLEARANCE": {
        "nl": "Deze machtiging is hier niet gekend, of geldt niet meer.",
        "fr": "Cette habilitation n'est pas connue ici, ou ne vaut plus.",
        "en": "This clearance is not known here, or no longer counts.",
    },
    "ORG-ADVICE": {
        "nl": "Dit advies is hier niet gekend.",
        "fr": "Cet avis n'est pas connu ici.",
        "en": "This advice is not known here.",
    },
    "ORG-REQUEST-REUSED": {
        "nl": "Met dit verzoeknummer werd al iets anders gevraagd.",
        "fr": "Cet identifiant de demande a déjà servi pour autre chose.",
        "en": "This request id was used for something else already.",
    },
    "ORG-STATE": {
        "nl": "Dit kan niet in de toestand van nu.",
        "fr": "Ce n'est pas possible dans l'état actuel.",
        "en": "This cannot be done in the present state.",
    },
}
