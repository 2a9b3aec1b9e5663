"""The text of each rule that a person may meet, in Dutch, French and English."""

from __future__ import annotations

RULES: dict[str, dict[str, str]] = {
    "NOT-FOUND": {
        "nl": "Er is niets met dit nummer of deze code.",
        "fr": "Il n'existe rien portant ce numéro ou ce code.",
        "en": "There is nothing with this id or code.",
    },
    "INT-1": {
        "nl": "De identiteit van een melder wordt alleen door de twee bewaarders samen geopend, om een reden, en nooit voor een van henzelf.",
        "fr": "L'identité d'un auteur de signalement n'est ouverte que par les deux dépositaires ensemble, pour un motif, et jamais pour l'un d'eux.",
        "en": "A reporter's identity is opened by the two custodians together only, for a reason, and never for one of themselves.",
    },
    "INT-3": {
        "nl": "Wie in een melding genoemd is, of in de hiërarchische lijn staat, behandelt ze niet; raakt ze de top of deze dienst, dan gaat ze naar Comité P.",
        "fr": "Celui qui est cité dans un signalement, ou dans sa ligne hiérarchique, ne le traite pas; s'il vise le sommet ou ce service, il va au Comité P.",
        "en": "Nobody named in a report, nor in the line above, handles it; what concerns the top or this service goes to Comité P.",
    },
    "INT-4": {
        "nl": "De melder hoort eerst wat er met de melding gebeurd is, ook als ze onontvankelijk is.",
        "fr": "L'auteur du signalement apprend d'abord la suite qui y est donnée, même s'il est irrecevable.",
        "en": "The reporter first hears what came of the report, also when it is inadmissible.",
    },
    "INT-6": {
        "nl": "Een maatregel wordt door de commissaris-generaal beslist, en alleen tegen wie in de melding genoemd is.",
        "fr": "Une mesure est décidée par le commissaire général, et uniquement à l'égard d'une personne citée dans le signalement.",
        "en": "A measure is decided by the commissioner-general, and only against somebody whom the report names.",
    },
    "INT-7": {
        "nl": "Een cijfer over minder dan k personen wordt niet getoond, ook niet als het door aftrekken te vinden is; k is nooit lager dan 5.",
        "fr": "Un chiffre concernant moins de k personnes n'est pas montré, même s'il peut être trouvé par soustraction; k n'est jamais inférieur à 5.",
        "en": "A figure about fewer than k persons is not shown, not even where it could be found by subtraction; k is never below 5.",
    },
    "INT-8": {
        "nl": "Zodra er één antwoord is, verandert er niets meer aan de bevraging; haar anonimiteit kan nooit ingetrokken worden.",
        "fr": "Dès la première réponse, plus rien ne change à l'enquête; son anonymat ne peut jamais être retiré.",
        "en": "From the first answer on nothing about the survey changes any more; its anonymity can never be taken back.",
    },
    "INT-9": {
        "nl": "Een melding geldt alleen als bewust vals met het bewijs daarvan; dat niets gevonden werd, bewijst niets.",
        "fr": "Un signalement n'est tenu pour sciemment faux qu'avec la preuve de cela; n'avoir rien trouvé ne prouve rien.",
        "en": "A report is held to be knowingly false only with proof of that; that nothing was found proves nothing.",
    },
    "INT-10": {
        "nl": "De bewaartermijn is voorbij: dit dossier is gesloten.",
        "fr": "Le délai de conservation est écoulé: ce dossier est clos.",
        "en": "The retention has ended: this file is closed.",
    },
    "INT-STATE": {
        "nl": "Dit kan niet zoals de zaken nu staan.",
        "fr": "Ceci n'est pas possible dans l'état actuel des choses.",
        "en": "This cannot be done as things stand.",
    },
    "INT-HANDLER": {
        "nl": "Alleen wie deze melding behandelt, leest ze en doet dit.",
        "fr": "Seul celui qui traite ce signalement le lit et fait ceci.",
        "en": "Only who handles this report reads it and does this.",
    },
    "INT-DESK": {
        "nl": "Alleen wie aan de balie van de dienst aangesteld is, doet dit.",
        "fr": "Seul celui qui est désigné au guichet du service fait ceci.",
        "en": "Only who is appointed to the desk of the service does this.",
    },
    "INT-ACKNOWLEDGE": {
        "nl": "Bevestig eerst de ontvangst aan de melder, tenzij die geen contact wil.",
        "fr": "Accusez d'abord réception auprès de l'auteur, sauf s'il ne veut pas de contact.",
        "en": "First acknowledge the report to the reporter, unless they want no contact.",
    },
    "INT-NO-CONTACT": {
        "nl": "De melder wil geen contact.",
        "fr": "L'auteur du signalement ne veut pas de contact.",
        "en": "The reporter wants no contact.",
    },
    "INT-SCOPE": {
        "nl": "Pesterijen, geweld, ongewenst seksueel gedrag en discriminatie vallen buiten deze wet: verwijs naar de psychosociale preventieadviseur.",
        "fr": "Harcèlement, violence, comportement sexuel indésirable et discrimination sortent de cette loi: orientez vers le conseiller psychosocial.",
        "en": "Harassment, violence, unwanted sexual behaviour and discrimination are outside this law: refer to the psychosocial adviser.",
    },
    "INT-AGREED": {
        "nl": "Naar de psychosociale preventieadviseur gaat alleen waarmee de melder instemde.",
        "fr": "Seul ce à quoi l'auteur a consenti est transmis au conseiller psychosocial.",
        "en": "Only what the reporter agreed to goes to the psychosocial adviser.",
    },
    "INT-REFERRAL": {
        "nl": "Er loopt geen verwijzing met dit nummer, of het antwoord erop is niet volledig.",
        "fr": "Aucun renvoi ne court sous ce numéro, ou la réponse n'est pas complète.",
        "en": "No referral with this id is out, or the answer to it is not complete.",
    },
    "INT-OUTCOME": {
        "nl": "Deze afloop past niet bij hoe de melding verlopen is.",
        "fr": "Cette issue ne correspond pas au déroulement du dossier.",
        "en": "This outcome does not fit how the report went.",
    },
    "INT-FACTS": {
        "nl": "De feiten kunnen niet in de toekomst liggen.",
        "fr": "Les faits ne peuvent se situer dans l'avenir.",
        "en": "The facts cannot lie in the future.",
    },
    "INT-LONG": {
        "nl": "Hier past niet meer bij.",
        "fr": "On ne peut rien ajouter de plus ici.",
        "en": "No more can be added here.",
    },
    "INT-KEY": {
        "nl": "Dit is geen publieke sleutel, of niet die welke aangeboden werd.",
        "fr": "Ceci n'est pas une clé publique, ou pas celle qui a été présentée.",
        "en": "This is no public key, or not the one that was offered.",
    },
    "INT-CUSTODIANS": {
        "nl": "Er zijn twee bewaarders nodig, twee verschillende personen, en niemand bevestigt zijn eigen sleutel.",
        "fr": "Il faut deux dépositaires, deux personnes différentes, et nul ne confirme sa propre clé.",
        "en": "Two custodians are needed, two different persons, and nobody confirms their own key.",
    },
    "INT-CONSENT": {
        "nl": "De melder heeft er niet mee ingestemd gekend te zijn.",
        "fr": "L'auteur du signalement n'a pas consenti à être connu.",
        "en": "The reporter has not agreed to be known.",
    },
    "INT-UNITS": {
        "nl": "Noem ten minste één eenheid.",
        "fr": "Indiquez au moins une unité.",
        "en": "Name at least one unit.",
    },
    "INT-PAST": {
        "nl": "Deze dag is voorbij, nog niet gekomen, of ontbreekt.",
        "fr": "Ce jour est passé, n'est pas encore venu, ou manque.",
        "en": "This day is over, has not come yet, or is missing.",
    },
    "INT-CAPACITY": {
        "nl": "Er kunnen niet meer deelnemers geweest zijn dan er plaatsen waren.",
        "fr": "Il ne peut y avoir eu plus de participants que de places.",
        "en": "There cannot have been more participants than places.",
    },
    "INT-EYES": {
        "nl": "Wie iets schreef of vroeg, keurt het niet zelf goed.",
        "fr": "Celui qui a écrit ou demandé quelque chose ne l'approuve pas lui-même.",
        "en": "Who wrote or asked for something does not approve it.",
    },
    "INT-QUESTIONS": {
        "nl": "Vragen hebben elk een eigen code; een antwoord beantwoordt ze alle, van 1 tot 5, voor een groep van de bevraging.",
        "fr": "Chaque question a son propre code; une réponse répond à toutes, de 1 à 5, pour un groupe de l'enquête.",
        "en": "Questions each have a code of their own; an answer answers all, from 1 to 5, for a group of the survey.",
    },
    "INT-PART": {
        "nl": "Hiermee werd al deelgenomen.",
        "fr": "Une participation a déjà eu lieu.",
        "en": "This has taken part already.",
    },
    "INT-TOKEN": {
        "nl": "Dit bewijs van deelname is niet van deze bevraging.",
        "fr": "Ce jeton de participation n'est pas de cette enquête.",
        "en": "This token is not of this survey.",
    },
    "INT-ASKED": {
        "nl": "Hierover loopt al een vraag, of er zijn er te veel gesteld.",
        "fr": "Une demande est déjà en cours à ce sujet, ou il y en a eu trop.",
        "en": "A request about this is open already, or too many were made.",
    },
}
