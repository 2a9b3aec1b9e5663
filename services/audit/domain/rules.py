"""The text of each rule that a person may meet, in Dutch, French and English."""

from __future__ import annotations


def _texts(nl: str, fr: str, en: str) -> dict[str, str]:
    return {"nl": nl, "fr": fr, "en": en}


RULES: dict[str, dict[str, str]] = {
    "NOT-FOUND": _texts(
        "Er is geen opdracht, vaststelling, aanbeveling of eenheid met dit nummer.",
        "Il n'existe pas de mission, de constat, de recommandation ou d'unité portant ce numéro.",
        "There is no engagement, finding, recommendation or unit with this id.",
    ),
    "AUD-1": _texts(
        "Een vaststelling heeft toestand, criterium, oorzaak en gevolg in het Nederlands en het Frans, een thema, een ernst en minstens één bewijsstuk.",
        "Un constat comporte la situation, le critère, la cause et l'effet en français et en néerlandais, un thème, une gravité et au moins une pièce.",
        "A finding has condition, criteria, cause and effect in Dutch and French, a theme, a severity and at least one piece of evidence.",
    ),
    "AUD-2": _texts(
        "Elk teamlid verklaart voor elke eenheid dat het er de laatste twaalf maanden nergens verantwoordelijk voor was.",
        "Chaque membre de l'équipe déclare pour chaque unité n'y avoir exercé aucune responsabilité durant les douze derniers mois.",
        "Each member of the team declares for each unit to have been responsible for nothing in it during the last twelve months.",
    ),
    "AUD-3": _texts(
        "Wat vaststaat of in het eindverslag staat, wijzigt niet: alleen een nieuwe vaststelling komt in de plaats.",
        "Ce qui est établi ou figure dans le rapport final ne change plus : seul un nouveau constat peut le remplacer.",
        "What was raised, or stands in the final report, does not change: only another finding takes its place.",
    ),
    "AUD-4": _texts(
        "Alleen de audit sluit af, en pas als niets meer openstaat; wie verantwoordelijk is, meldt enkel dat het gedaan is.",
        "Seul l'audit clôture, et seulement quand plus rien n'est ouvert ; le responsable signale seulement que c'est fait.",
        "Only audit closes, and only when nothing is open; whoever owns it only reports that it is done.",
    ),
    "AUD-5": _texts(
        "Een derde uitstel geeft alleen de commissaris-generaal; de eerste datum blijft altijd bewaard.",
        "Un troisième report n'est accordé que par le commissaire général ; la première date est toujours conservée.",
        "A third extension is the commissioner-general's to give; the first date is always kept.",
    ),
    "AUD-6": _texts(
        "De geauditeerde eenheid leest een vaststelling pas nadat die met haar besproken is.",
        "L'unité auditée ne lit un constat qu'après qu'il a été discuté avec elle.",
        "The audited unit reads a finding only once it was discussed with it.",
    ),
    "AUD-7": _texts(
        "Dit heeft al een plaats: er is niets toe te wijzen.",
        "Ceci a déjà une place : il n'y a rien à attribuer.",
        "This has its place already: there is nothing to assign.",
    ),
    "AUD-8": _texts(
        "Een vermoed misdrijf of een integriteitsschending is geen vaststelling: ze wordt doorverwezen, en een vaststelling die al vaststaat, niet meer.",
        "Un délit présumé ou une atteinte à l'intégrité n'est pas un constat : il est renvoyé, ce qui n'est plus possible pour un constat établi.",
        "A suspected crime or breach of integrity is no finding: it is referred, which a finding that was raised cannot be any more.",
    ),
    "AUD-9": _texts(
        "Van een geclassificeerd stuk staat hier alleen waar het bewaard wordt, nooit wat erin staat.",
        "D'une pièce classifiée ne figure ici que l'endroit où elle est conservée, jamais son contenu.",
        "Of a classified piece only where it is kept stands here, never what it says.",
    ),
    "AUD-ACTIONS": _texts(
        "Wie een aanbeveling aanvaardt, zegt wat er gedaan wordt en tegen wanneer.",
        "Qui accepte une recommandation dit ce qui sera fait et pour quand.",
        "Who accepts a recommendation says what will be done, and by when.",
    ),
    "AUD-ADVISORY": _texts(
        "Een adviesopdracht geeft advies, geen vaststellingen.",
        "Une mission de conseil donne des avis, pas des constats.",
        "An advisory engagement gives advice, no findings.",
    ),
    "AUD-CAPACITY": _texts(
        "De dagen passen niet in wat er is, na de reserve voor onvoorzien werk.",
        "Les jours ne tiennent pas dans la capacité, réserve pour imprévus déduite.",
        "The days do not fit in what there is, less the contingency.",
    ),
    "AUD-CONTENT": _texts(
        "Intussen staat er iets anders: lees het opnieuw voor u het risico aanvaardt.",
        "Le contenu a changé entre-temps : relisez-le avant d'accepter le risque.",
        "It says something else by now: read it again before you accept the risk.",
    ),
    "AUD-DATE": _texts("Deze dag is al voorbij, of ligt te ver.", "Ce jour est déjà passé, ou trop lointain.", "This day is past already, or too far away."),
    "AUD-DISCUSS": _texts(
        "Een vaststelling wordt eerst met de eenheid besproken.",
        "Un constat est d'abord discuté avec l'unité.",
        "A finding is first discussed with the unit.",
    ),
    "AUD-EVIDENCE": _texts(
        "Wie zegt dat het gedaan is, zegt waar dat te zien is.",
        "Qui dit que c'est fait dit où cela se voit.",
        "Who says that it is done says where that can be seen.",
    ),
    "AUD-EYES": _texts(
        "Niemand keurt eigen werk goed.",
        "Nul n'approuve son propre travail.",
        "Nobody approves their own work.",
    ),
    "AUD-FOLLOW-UP": _texts(
        "Een opvolgingsopdracht noemt de aanbevelingen die zij nagaat.",
        "Une mission de suivi cite les recommandations qu'elle vérifie.",
        "A follow-up names the recommendations that it verifies.",
    ),
    "AUD-LANGUAGES": _texts(
        "Deze tekst is er niet in het Nederlands en het Frans.",
        "Ce texte n'existe pas en néerlandais et en français.",
        "This text is not there in Dutch and in French.",
    ),
    "AUD-LEAD": _texts("Dit doet de hoofdauditor van de opdracht.", "Ceci revient à l'auditeur principal de la mission.", "The lead auditor does this."),
    "AUD-NEED": _texts(
        "U hebt hiervan geen kennis te nemen: u bent niet van het team en niet van de eenheid.",
        "Vous n'avez pas à en connaître : vous n'êtes ni de l'équipe ni de l'unité.",
        "You need not know this: you are neither of the team nor of the unit.",
    ),
    "AUD-OPINION": _texts(
        "Een verslag heeft een besluit nodig.",
        "Un rapport nécessite une conclusion.",
        "A report needs a conclusion.",
    ),
    "AUD-OWNER": _texts(
        "Hierop antwoordt wie het ambt bekleedt dat ervoor instaat, of wie boven die eenheid staat.",
        "Répond celui qui occupe l'emploi responsable, ou qui dirige l'unité.",
        "Who holds the post that answers for it does this, or who is above that unit.",
    ),
    "AUD-PERCENT": _texts("Van 0 tot 100.", "De 0 à 100.", "From 0 to 100."),
    "AUD-PROGRAMME": _texts(
        "Eerst zijn er doelstellingen, reikwijdte en een werkprogramma.",
        "Il faut d'abord des objectifs, un périmètre et un programme de travail.",
        "First there are objectives, a scope and a work programme.",
    ),
    "AUD-RATING": _texts("Een score gaat van 1 tot 5.", "Une cote va de 1 à 5.", "A rating goes from 1 to 5."),
    "AUD-RATIONALE": _texts(
        "Wie niet alles aanvaardt, zegt waarom.",
        "Qui n'accepte pas tout dit pourquoi.",
        "Who does not accept all of it says why.",
    ),
    "AUD-REFERENCE": _texts(
        "Een aanbeveling van een andere instantie draagt haar referentie.",
        "Une recommandation d'une autre instance porte sa référence.",
        "Another body's recommendation carries its reference.",
    ),
    "AUD-REPLY": _texts(
        "De eenheden hebben nog niet geantwoord, en hun termijn loopt nog.",
        "Les unités n'ont pas encore répondu, et leur délai court encore.",
        "The units have not replied yet, and their term still runs.",
    ),
    "AUD-REPORT-UNKNOWN": _texts("Er is nog geen verslag.", "Il n'y a pas encore de rapport.", "There is no report yet."),
    "AUD-RESTS": _texts(
        "Een aanbeveling steunt op minstens één vaststelling.",
        "Une recommandation repose sur au moins un constat.",
        "A recommendation rests on at least one finding.",
    ),
    "AUD-SCOPE": _texts(
        "Dit valt buiten de opdracht, of de opdracht heeft geen eenheid of criterium.",
        "Ceci sort de la mission, ou la mission n'a ni unité ni critère.",
        "This is outside the engagement, or the engagement has no unit or criterion.",
    ),
    "AUD-SIZE": _texts("Meer past niet in één opdracht.", "Une seule mission n'en contient pas plus.", "One engagement holds no more than this."),
    "AUD-STATE": _texts("Zoals de zaken staan, kan dit niet.", "Dans l'état actuel, ceci n'est pas possible.", "As things stand this cannot be done."),
    "AUD-TEAM": _texts("U bent niet van het team.", "Vous n'êtes pas de l'équipe.", "You are not of the team."),
    "AUD-YEAR": _texts(
        "Dit past niet bij het jaar van het plan.",
        "Ceci ne correspond pas à l'année du plan.",
        "This does not fit the year of the plan.",
    ),
    "AUD-UNIT": _texts("Deze eenheid is er niet (meer).", "Cette unité n'existe pas (plus).", "This unit is not there (any more)."),
}
