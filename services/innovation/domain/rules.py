"""The text of each rule that a person may meet, in Dutch, French and English."""

from __future__ import annotations

RULES: dict[str, dict[str, str]] = {
    "NOT-FOUND": {
        "nl": "Hieronder is in de dienst innovatie niets gekend.",
        "fr": "Rien n'est connu sous ce numéro au service innovation.",
        "en": "The innovation service knows nothing under this id.",
    },
    "INN-1": {
        "nl": "Een proeftuin wordt pas goedgekeurd als elke vereiste poort groen is.",
        "fr": "Un projet pilote n'est approuvé que si chaque contrôle requis est vert.",
        "en": "A pilot is approved only when every required gate is green.",
    },
    "INN-2": {
        "nl": "Een proeftuin met artificiële intelligentie heeft een klasse volgens de AI-verordening; wat verboden is, komt er niet.",
        "fr": "Un projet pilote avec intelligence artificielle a une classe selon le règlement IA; ce qui est interdit n'a pas lieu.",
        "en": "A pilot with artificial intelligence has a class under the AI act; what is prohibited does not happen.",
    },
    "INN-3": {
        "nl": "Wie van buiten komt, heeft eerst een positief veiligheidsadvies nodig.",
        "fr": "Quiconque vient de l'extérieur doit d'abord avoir un avis de sécurité positif.",
        "en": "Whoever comes from outside needs a positive security advice first.",
    },
    "INN-4": {
        "nl": "Een proeftuin start niet zonder indicatoren en stopcriteria.",
        "fr": "Un projet pilote ne démarre pas sans indicateurs ni critères d'arrêt.",
        "en": "A pilot does not start without measures and stop criteria.",
    },
    "INN-5": {
        "nl": "Een jurylid neemt niet deel aan een ploeg die het beoordeelt, begeleidt ze niet en heeft er geen belang bij; daarna verandert niets meer.",
        "fr": "Un membre du jury ne participe pas à une équipe qu'il juge, ne l'encadre pas et n'y a aucun intérêt; rien ne change après le jugement.",
        "en": "A juror neither takes part in, coaches nor has an interest in a team that they judge; nothing changes after judging.",
    },
    "INN-6": {
        "nl": "De gegevens van een proeftuin worden op het einde gewist of overgedragen, met bewijs.",
        "fr": "Les données d'un projet pilote sont effacées ou transférées à la fin, avec preuve.",
        "en": "The data of a pilot are deleted or handed over at its end, with proof.",
    },
    "INN-8": {
        "nl": "Een overdracht wordt aanvaard of geweigerd door de eenheid aan wie zij is aangeboden.",
        "fr": "Une reprise est acceptée ou refusée par l'unité à laquelle elle a été proposée.",
        "en": "A hand-over is accepted or declined by the unit to which it was offered.",
    },
    "INN-BLIND": {
        "nl": "Scores worden pas getoond als de ronde gesloten is.",
        "fr": "Les scores ne sont montrés qu'après la clôture.",
        "en": "Scores are shown once the round is closed.",
    },
    "INN-CONFLICT": {
        "nl": "Wie een idee indiende, steunt, trekt of tot de eenheid ervan behoort, beoordeelt het niet.",
        "fr": "Celui qui a introduit, soutient ou porte une idée, ou appartient à son unité, ne l'évalue pas.",
        "en": "Who proposed, supports or owns an idea, or is in its unit, does not judge it.",
    },
    "INN-DATE": {
        "nl": "Deze dag moet in de toekomst liggen.",
        "fr": "Ce jour doit se situer dans le futur.",
        "en": "This day must lie in the future.",
    },
    "INN-EVALUATOR": {
        "nl": "U bent niet gevraagd om dit te beoordelen.",
        "fr": "Vous n'êtes pas invité à évaluer ceci.",
        "en": "You were not asked to judge this.",
    },
    "INN-EXPERTISE": {
        "nl": "Deze persoon heeft geen deskundigheid in een thema van het idee.",
        "fr": "Cette personne n'a d'expertise dans aucun thème de l'idée.",
        "en": "This person has no expertise in a theme of the idea.",
    },
    "INN-EXTEND": {
        "nl": "Een proeftuin wordt hoogstens één keer verlengd.",
        "fr": "Un projet pilote est prolongé une seule fois au plus.",
        "en": "A pilot is extended once at most.",
    },
    "INN-FROZEN": {
        "nl": "De scores zijn afgesloten en veranderen niet meer.",
        "fr": "Les scores sont clôturés et ne changent plus.",
        "en": "The scores are closed and change no more.",
    },
    "INN-FULL": {
        "nl": "Alle plaatsen zijn ingenomen.",
        "fr": "Toutes les places sont prises.",
        "en": "All seats are taken.",
    },
    "INN-GATE": {
        "nl": "Deze poort is niet gevraagd, is al beantwoord, of antwoordt langs een andere weg.",
        "fr": "Ce contrôle n'est pas demandé, a déjà répondu, ou répond par une autre voie.",
        "en": "This gate was not asked, has answered already, or answers another way.",
    },
    "INN-GATE-ROLE": {
        "nl": "Deze poort wordt door een andere rol beantwoord.",
        "fr": "Ce contrôle relève d'un autre rôle.",
        "en": "Another role answers this gate.",
    },
    "INN-IDEA": {
        "nl": "Alleen een goedgekeurd idee wordt uitgeprobeerd.",
        "fr": "Seule une idée validée est mise à l'essai.",
        "en": "Only an idea that was validated is tried out.",
    },
    "INN-JURY": {
        "nl": "U zit niet in de jury.",
        "fr": "Vous ne faites pas partie du jury.",
        "en": "You are not on the jury.",
    },
    "INN-KIND": {
        "nl": "Alleen een hackathon heeft ploegen en een jury.",
        "fr": "Seul un hackathon a des équipes et un jury.",
        "en": "Only a hackathon has teams and a jury.",
    },
    "INN-KPI": {
        "nl": "Deze indicator staat niet in het plan.",
        "fr": "Cet indicateur ne figure pas dans le plan.",
        "en": "This measure is not in the plan.",
    },
    "INN-LENGTH": {
        "nl": "Een proeftuin duurt hoogstens zes maanden, en een verlenging drie.",
        "fr": "Un projet pilote dure six mois au plus, et une prolongation trois.",
        "en": "A pilot lasts six months at most, and an extension three.",
    },
    "INN-MERGE": {
        "nl": "Samenvoegen kan alleen met een idee dat voortgaat, en zolang dit idee zelf geen ander opnam.",
        "fr": "Une fusion n'est possible qu'avec une idée qui se poursuit, et tant que celle-ci n'en a pas absorbé une autre.",
        "en": "An idea is merged only into one that goes on, and only while it has taken no other itself.",
    },
    "INN-MERGED": {
        "nl": "Dit idee is samengevoegd met een ander: steun dat andere.",
        "fr": "Cette idée est fusionnée avec une autre: soutenez cette autre.",
        "en": "This idea was merged into another one: support that one.",
    },
    "INN-OFFER": {
        "nl": "Er loopt al een aanbod aan een eenheid.",
        "fr": "Une proposition à une unité est déjà en cours.",
        "en": "An offer to a unit is pending already.",
    },
    "INN-OWNER": {
        "nl": "Alleen de eigenaar doet dit.",
        "fr": "Seul le responsable le fait.",
        "en": "Only the owner does this.",
    },
    "INN-PARTNER": {
        "nl": "Met deze organisatie wordt niet samengewerkt.",
        "fr": "Il n'y a pas de collaboration avec cette organisation.",
        "en": "We do not work with this organisation.",
    },
    "INN-REGISTERED": {
        "nl": "Een lid van deze ploeg is niet ingeschreven.",
        "fr": "Un membre de cette équipe n'est pas inscrit.",
        "en": "A member of this team is not registered.",
    },
    "INN-REVIEW": {
        "nl": "Deze opvolging van de baten staat niet open, of is al anders ingevuld.",
        "fr": "Cette évaluation des bénéfices n'est pas ouverte, ou a déjà reçu une autre réponse.",
        "en": "This benefit review is not open, or was answered otherwise before.",
    },
    "INN-SCORES": {
        "nl": "Er zijn nog geen twee afgesloten scores van deskundigen.",
        "fr": "Il n'y a pas encore deux scores d'experts clôturés.",
        "en": "There are no two scores of experts yet that are closed.",
    },
    "INN-SELF": {
        "nl": "Niemand beslist over wat hij zelf voorstelt, trekt of aanbiedt.",
        "fr": "Nul ne décide de ce qu'il propose, porte ou offre lui-même.",
        "en": "Nobody decides on what they propose, own or offer themselves.",
    },
    "INN-SIGNAL": {
        "nl": "Deze dienst is hierover niet ingelicht.",
        "fr": "Ce service n'en a pas été informé.",
        "en": "This service was not told of this.",
    },
    "INN-SIGNAL-ROLE": {
        "nl": "Een andere rol neemt hier kennis van.",
        "fr": "Un autre rôle en prend connaissance.",
        "en": "Another role acknowledges this.",
    },
    "INN-SPONSOR": {
        "nl": "De sponsor staat in voor de proeftuin en is niet wie hem trekt.",
        "fr": "Le sponsor se porte garant du projet et n'en est pas le responsable.",
        "en": "The sponsor vouches for the pilot, and is not its lead.",
    },
    "INN-STATE": {
        "nl": "Dat kan niet in de staat waarin dit zich bevindt.",
        "fr": "Ce n'est pas possible dans l'état actuel.",
        "en": "That cannot be done in the state that this is in.",
    },
}
