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
    "ORG-4": {
        "nl": "Een eenheid houdt pas op als elk ambt, elk lopend mandaat en elke eenheid eronder een plaats krijgt of uitdrukkelijk ophoudt.",
        "fr": "Une unité ne prend fin que si chaque emploi, mandat en cours et unité qui en dépend reçoit une place ou prend fin explicitement.",
        "en": "A unit ends only when every post, running mandate and unit under it has a place to go, or is said to end.",
    },
    "ORG-9": {
        "nl": "Dit noemt een eenheid die er op die dag niet is.",
        "fr": "Ceci désigne une unité qui n'existe pas à cette date.",
        "en": "This names a unit that is not there on that day.",
    },
    "ORG-8": {
        "nl": "Niemand zit in een commissie over zichzelf of over wie boven hem staat.",
        "fr": "Nul ne siège dans une commission sur soi-même ou sur son supérieur.",
        "en": "Nobody sits in a commission about themselves or about somebody they report to.",
    },
    "ORG-COMMISSION": {
        "nl": "Een commissie telt ten minste drie verschillende leden.",
        "fr": "Une commission compte au moins trois membres différents.",
        "en": "A commission has at least three different members.",
    },
    "ORG-MANDATE": {
        "nl": "Dit mandaat bestaat niet.",
        "fr": "Ce mandat n'existe pas.",
        "en": "This mandate does not exist.",
    },
    "ORG-MANDATE-KIND": {
        "nl": "Een mandaatambt wordt bij mandaat, waarnemend of bij detachering uitgeoefend; een ander ambt nooit bij mandaat.",
        "fr": "Un emploi à mandat est exercé par mandat, ad interim ou en détachement ; un autre emploi jamais par mandat.",
        "en": "A mandate post is held by mandate, by an interim or on secondment; any other post never by mandate.",
    },
    "ORG-MANDATE-EXISTS": {
        "nl": "Voor dit ambt loopt al een mandaatprocedure, of dit nummer dient al.",
        "fr": "Une procédure de mandat est déjà en cours pour cet emploi, ou ce numéro sert déjà.",
        "en": "A mandate procedure runs for this post already, or this id is taken.",
    },
    "ORG-MANDATE-SELECTION": {
        "nl": "De selectiecommissie heeft deze persoon niet voorgedragen.",
        "fr": "La commission de sélection n'a pas proposé cette personne.",
        "en": "The selection commission has not proposed this person.",
    },
    "ORG-MANDATE-MID-TERM": {
        "nl": "De tussentijdse evaluatie kan vanaf het derde jaar van de termijn.",
        "fr": "L'évaluation intermédiaire est possible à partir de la troisième année du terme.",
        "en": "The mid-term evaluation is possible from the third year of the term on.",
    },
    "ORG-MANDATE-EVALUATED": {
        "nl": "Deze evaluatie is al gegeven, met een ander resultaat.",
        "fr": "Cette évaluation a déjà été donnée, avec un autre résultat.",
        "en": "This evaluation was given already, with another outcome.",
    },
    "ORG-MANDATE-WINDOW": {
        "nl": "Hernieuwing wordt gevraagd tussen twaalf en zes maanden voor het einde van de termijn.",
        "fr": "Le renouvellement se demande entre douze et six mois avant la fin du terme.",
        "en": "Renewal is asked for between twelve and six months before the end of the term.",
    },
    "ORG-PERIOD": {
        "nl": "Deze periode kan niet: ze begint binnen die van het ambt, eindigt na haar begin en binnen wat al vaststaat; een detachering heeft een einde.",
        "fr": "Période impossible : elle commence pendant celle de l'emploi, finit après son début et dans ce qui est établi ; un détachement a une fin.",
        "en": "This period cannot be: it begins within that of the post, ends after its beginning and within what is settled; a secondment has an end.",
    },
    "ORG-ABSENT": {
        "nl": "Een andere afwezigheid is nog niet voorbij.",
        "fr": "Une autre absence n'est pas encore terminée.",
        "en": "Another absence is not over yet.",
    },
    "ORG-FOUR-EYES": {
        "nl": "Wie iets voorstelt, keurt het niet zelf goed.",
        "fr": "Qui propose quelque chose ne l'approuve pas.",
        "en": "Who proposes something does not approve it.",
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
    "ORG-UNIT-ABOLISHED": {
        "nl": "Deze eenheid is er op die dag niet meer; de opvolgers staan erbij.",
        "fr": "Cette unité n'existe plus à cette date; ses successeurs sont indiqués.",
        "en": "This unit does not exist any more on that day; its successors are named.",
    },
    "ORG-REORGANISATION": {
        "nl": "Deze reorganisatie bestaat niet.",
        "fr": "Cette réorganisation n'existe pas.",
        "en": "This reorganisation does not exist.",
    },
    "ORG-REORGANISATION-SIZE": {
        "nl": "Eén reorganisatie raakt hoogstens 500 ambten; verdeel ze over meerdere.",
        "fr": "Une réorganisation touche 500 emplois au plus; répartissez-la en plusieurs.",
        "en": "One reorganisation touches at most 500 posts; make several of it.",
    },
    "ORG-MAPPING": {
        "nl": "Deze omzetting klopt niet met haar soort, of een eenheid komt er twee keer in voor.",
        "fr": "Cette correspondance ne répond pas à son type, ou une unité y figure deux fois.",
        "en": "This mapping is not what its kind says, or a unit occurs in it twice.",
    },
    "ORG-EFFECTIVE-DATE": {
        "nl": "Een reorganisatie gaat in op een dag die nog moet komen.",
        "fr": "Une réorganisation prend effet un jour à venir.",
        "en": "A reorganisation takes effect on a day that is still to come.",
    },
    "ORG-CONSULTATION": {
        "nl": "Het overleg met de vakbonden heeft al plaatsgehad.",
        "fr": "La concertation avec les syndicats a déjà eu lieu.",
        "en": "The trade unions were consulted on a day that is not still to come.",
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
    "ORG-POST-ABOLISHED": {
        "nl": "Dit ambt bestaat niet meer.",
        "fr": "Cet emploi n'existe plus.",
        "en": "This post does not exist any more.",
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
    "ORG-ZONE": {
        "nl": "Deze politiezone bestaat niet op die dag.",
        "fr": "Cette zone de police n'existe pas à cette date.",
        "en": "This police zone does not exist on that day.",
    },
    "ORG-ZONE-EXISTS": {
        "nl": "Er is al een andere zone of fusie met dit nummer.",
        "fr": "Il existe déjà une autre zone ou fusion avec ce numéro.",
        "en": "There is another zone or merger with this number already.",
    },
    "ORG-ZONE-KIND": {
        "nl": "Een eengemeentezone telt één gemeente, een meergemeentezone twee of meer.",
        "fr": "Une zone monocommunale compte une commune, une zone pluricommunale deux ou plus.",
        "en": "A one-municipality zone has one municipality, a multi-municipality zone two or more.",
    },
    "ORG-ZONE-MUNICIPALITY": {
        "nl": "Een gemeente ligt op elke dag in hoogstens één zone, en bij een fusie valt er geen weg.",
        "fr": "Chaque jour, une commune fait partie d'une zone au plus, et une fusion n'en laisse aucune de côté.",
        "en": "A municipality lies in one zone at most on any day, and a merger leaves none out.",
    },
    "ORG-ZONE-LINK": {
        "nl": "Een zone is verbonden met een gedeconcentreerde directie die op die dag bestaat.",
        "fr": "Une zone est liée à une direction déconcentrée qui existe à cette date.",
        "en": "A zone is linked to a deconcentrated directorate that exists on that day.",
    },
    "ORG-ZONE-MERGER": {
        "nl": "Een fusie brengt minstens twee zones samen.",
        "fr": "Une fusion réunit au moins deux zones.",
        "en": "A merger brings at least two zones together.",
    },
    "ORG-ZONE-MERGER-UNKNOWN": {
        "nl": "Deze fusie bestaat niet.",
        "fr": "Cette fusion n'existe pas.",
        "en": "This merger does not exist.",
    },
    "ORG-ZONE-OWN": {
        "nl": "Dit is voor de korpschef van deze zone en de DirCo van haar district.",
        "fr": "Ceci est réservé au chef de corps de cette zone et au DirCo de son district.",
        "en": "This is for the chief of this zone and the DirCo of its district.",
    },
    "ORG-ZVP": {
        "nl": "Dit zonaal veiligheidsplan bestaat niet.",
        "fr": "Ce plan zonal de sécurité n'existe pas.",
        "en": "This zonal security plan does not exist.",
    },
    "ORG-ZVP-PERIOD": {
        "nl": "Een plan loopt hoogstens zes jaar en is niet voorbij; een addendum valt binnen de periode van zijn plan.",
        "fr": "Un plan couvre six ans au plus et n'est pas échu; un addendum se situe dans la période de son plan.",
        "en": "A plan runs for six years at most and is not over; an addendum lies within the period of its plan.",
    },
    "ORG-ZVP-OVERLAP": {
        "nl": "Twee plannen van een zone dekken nooit dezelfde dag.",
        "fr": "Deux plans d'une zone ne couvrent jamais le même jour.",
        "en": "No two plans of a zone cover the same day.",
    },
    "ORG-ZVP-NVP": {
        "nl": "Een zonaal plan werkt minstens één prioriteit van het nationaal veiligheidsplan uit.",
        "fr": "Un plan zonal intègre au moins une priorité du plan national de sécurité.",
        "en": "A zonal plan works out at least one priority of the national security plan.",
    },
    "ORG-ZVP-DATE": {
        "nl": "Deze dag komt nog, of ligt vóór de vorige stap.",
        "fr": "Ce jour est encore à venir, ou précède l'étape antérieure.",
        "en": "This day is still to come, or lies before the previous step.",
    },
    "ORG-ZVP-TERM": {
        "nl": "De termijn van de ministers loopt nog: zwijgen betekent nog niets.",
        "fr": "Le délai des ministres court encore: le silence ne vaut encore rien.",
        "en": "The ministers' term still runs: silence says nothing yet.",
    },
    "ORG-ZVP-DECISION": {
        "nl": "Een uitdrukkelijke goedkeuring noemt haar beslissing; een stilzwijgende heeft er geen.",
        "fr": "Une approbation expresse mentionne sa décision; une approbation tacite n'en a pas.",
        "en": "An explicit approval names its decision; a tacit one has none.",
    },
    "ORG-ZVP-DECIDED": {
        "nl": "De ministers hebben al beslist over dit plan, of het is al goedgekeurd.",
        "fr": "Les ministres ont déjà statué sur ce plan, ou il est déjà approuvé.",
        "en": "The ministers have decided on this plan already, or it is approved already.",
    },
    "ORG-ZVP-ADDENDUM": {
        "nl": "Er is al een ander addendum met dit nummer.",
        "fr": "Il existe déjà un autre addendum avec cet identifiant.",
        "en": "There is another addendum with this id already.",
    },
    "ORG-STATE": {
        "nl": "Dit kan niet in de toestand van nu.",
        "fr": "Ce n'est pas possible dans l'état actuel.",
        "en": "This cannot be done in the present state.",
    },
}
