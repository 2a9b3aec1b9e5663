"""The text of each rule that a person may meet, in Dutch, French and English."""

from __future__ import annotations

RULES: dict[str, dict[str, str]] = {
    "NOT-FOUND": {
        "nl": "Er is geen dossier, aanvraag, machtiging of beroep met dit nummer.",
        "fr": "Il n'existe pas de dossier, de demande, d'habilitation ou de recours portant ce numéro.",
        "en": "There is no case, application, clearance or appeal with this id.",
    },
    "SCR-1": {
        "nl": "Vóór de toestemming van de betrokkene wordt niets nagekeken.",
        "fr": "Rien n'est vérifié avant le consentement de l'intéressé.",
        "en": "Nothing is checked before the person has consented.",
    },
    "SCR-2": {
        "nl": "Een machtiging is pas bruikbaar als zij verleend is, de houder gebrieft is en nog een noodzaak tot kennisname heeft.",
        "fr": "Une habilitation n'est utilisable que si elle est octroyée, si le titulaire a été instruit et s'il a encore besoin d'en connaître.",
        "en": "A clearance is of use only when it is granted, its holder is briefed and still needs to know.",
    },
    "SCR-3": {
        "nl": "Wie een beslissing voorbereidt, neemt ze niet; niemand behandelt zijn eigen dossier of dat van zijn partner of naaste collega.",
        "fr": "Celui qui prépare une décision ne la prend pas; nul ne traite son propre dossier ni celui de son partenaire ou d'un proche collègue.",
        "en": "Who prepares a decision does not take it; nobody handles their own case, their partner's or a direct colleague's.",
    },
    "SCR-4": {
        "nl": "Over een machtiging beslist alleen de Nationale Veiligheidsoverheid; haar beslissing wordt met haar referentie één keer ingevoerd.",
        "fr": "Seule l'Autorité nationale de sécurité décide d'une habilitation; sa décision est importée une seule fois, avec sa référence.",
        "en": "Only the security authority decides on a clearance; its decision is imported once, with its reference.",
    },
    "SCR-8": {
        "nl": "Een verificatie kijkt alleen naar de betrokkene: geen gegevens van samenwonenden, geen buurt- of werkgeversonderzoek.",
        "fr": "Une vérification ne porte que sur l'intéressé: pas de données sur les cohabitants, ni d'enquête de voisinage ou auprès de l'employeur.",
        "en": "A verification looks at the person alone: no data on cohabitants, no enquiry with neighbours or employer.",
    },
    "SCR-9": {
        "nl": "Een advies of machtiging geldt ten hoogste vijf jaar, en een negatief advies heeft geen geldigheidsduur.",
        "fr": "Un avis ou une habilitation est valable cinq ans au plus, et un avis négatif n'a pas de durée de validité.",
        "en": "An advice or a clearance holds for five years at most, and a negative advice has no validity.",
    },
    "SCR-10": {
        "nl": "Een nucleaire verificatie gebeurt niet opnieuw binnen drie jaar na de vorige, tenzij om een reden die de regeling kent.",
        "fr": "Une vérification nucléaire n'est pas refaite dans les trois ans de la précédente, sauf pour un motif prévu par la réglementation.",
        "en": "A nuclear verification is not made again within three years of the previous one, but for a reason that the rules list.",
    },
    "SCR-12": {
        "nl": "De beroepstermijn loopt vanaf de kennisgeving, en die kan niet vóór de beslissing liggen.",
        "fr": "Le délai de recours court à partir de la notification, qui ne peut précéder la décision.",
        "en": "The term for appeal runs from notification, which cannot lie before the decision.",
    },
    "SCR-13": {
        "nl": "De bewaartermijn is voorbij: dit dossier is verzegeld.",
        "fr": "Le délai de conservation est écoulé: ce dossier est scellé.",
        "en": "The retention has ended: this file is sealed.",
    },
    "SCR-APPEALED": {
        "nl": "Tegen deze beslissing is al beroep ingesteld, of over dit beroep is al anders beslist.",
        "fr": "Cette décision fait déjà l'objet d'un recours, ou ce recours a déjà reçu une autre décision.",
        "en": "This decision is under appeal already, or this appeal was decided otherwise before.",
    },
    "SCR-ASSESS": {
        "nl": "Het dossier is nog niet voorbereid door een andere ambtenaar.",
        "fr": "Le dossier n'a pas encore été préparé par un autre agent.",
        "en": "The case has not been prepared by another officer yet.",
    },
    "SCR-CHECK": {
        "nl": "Deze bron wordt in dit dossier niet bevraagd, of heeft al anders geantwoord.",
        "fr": "Cette source n'est pas consultée dans ce dossier, ou a déjà répondu autrement.",
        "en": "This source is not asked in this case, or has answered otherwise before.",
    },
    "SCR-CHECKS": {
        "nl": "Nog niet alle bronnen hebben geantwoord.",
        "fr": "Toutes les sources n'ont pas encore répondu.",
        "en": "Not all sources have answered yet.",
    },
    "SCR-CONCLUSION": {
        "nl": "Er is niets gebeurd dat deze conclusie draagt.",
        "fr": "Rien de ce qui a été fait ne justifie cette conclusion.",
        "en": "Nothing was done that bears this conclusion out.",
    },
    "SCR-CONSULTATION": {
        "nl": "Het dossier ligt ten minste vijf dagen vóór de zitting ter inzage.",
        "fr": "Le dossier peut être consulté au moins cinq jours avant l'audience.",
        "en": "The file can be consulted for at least five days before the hearing.",
    },
    "SCR-DRAFT": {
        "nl": "Onder deze referentie is al iets anders ingediend of geschrapt: gebruik een andere.",
        "fr": "Sous cette référence, autre chose a déjà été introduit ou supprimé: utilisez-en une autre.",
        "en": "Something else was submitted or dropped under this reference: use another one.",
    },
    "SCR-EVENT": {
        "nl": "Het evenement is begonnen: wie nog geen beslissing heeft, krijgt geen toegang, ook niet achteraf.",
        "fr": "L'événement a commencé: sans décision, pas d'accès, même après coup.",
        "en": "The event has begun: who has no decision gets no access, also not afterwards.",
    },
    "SCR-EVENT-SIZE": {
        "nl": "Een evenement telt hier ten hoogste 2000 personen: deel het op.",
        "fr": "Un événement compte ici 2000 personnes au plus: divisez-le.",
        "en": "An event has 2000 persons at most here: divide it.",
    },
    "SCR-EXTEND": {
        "nl": "Een bron krijgt alleen meer tijd, nooit minder.",
        "fr": "Une source ne peut recevoir que plus de temps, jamais moins.",
        "en": "A source is given more time, never less.",
    },
    "SCR-EXTENSION": {
        "nl": "De veiligheidsoverheid neemt alleen meer tijd om een reden die de regeling kent, en zolang haar termijn loopt.",
        "fr": "L'autorité de sécurité ne prend plus de temps que pour un motif prévu par la réglementation, et tant que son délai court.",
        "en": "The security authority takes more time only for a reason that the rules list, and while its term runs.",
    },
    "SCR-FEE": {
        "nl": "Voor dit instrument is geen retributie verschuldigd, of ze is al onder een andere referentie betaald.",
        "fr": "Aucune redevance n'est due pour cet instrument, ou elle a déjà été payée sous une autre référence.",
        "en": "No fee is due for this instrument, or it was paid before under another reference.",
    },
    "SCR-FUTURE": {
        "nl": "Dit tijdstip ligt in de toekomst.",
        "fr": "Ce moment se situe dans le futur.",
        "en": "This instant lies in the future.",
    },
    "SCR-GROUND": {
        "nl": "Er is geen beslissing, of geen overschreden termijn, waartegen op deze grond beroep openstaat.",
        "fr": "Il n'y a ni décision ni délai dépassé contre lesquels un recours soit ouvert pour ce motif.",
        "en": "There is no decision, and no term that lapsed, against which an appeal lies on this ground.",
    },
    "SCR-INCOMPLETE": {
        "nl": "Het dossier is niet volledig.",
        "fr": "Le dossier est incomplet.",
        "en": "The file is not complete.",
    },
    "SCR-LEVEL": {
        "nl": "Een machtiging bestaat voor VERTROUWELIJK, GEHEIM of ZEER GEHEIM, nooit hoger dan gevraagd of dan zij was.",
        "fr": "Une habilitation existe pour CONFIDENTIEL, SECRET ou TRÈS SECRET, jamais au-delà du niveau demandé ou précédent.",
        "en": "A clearance exists for VERTROUWELIJK, GEHEIM or ZEER_GEHEIM, never above what was asked or what it was.",
    },
    "SCR-SCOPE": {
        "nl": "Een machtiging opent geen geclassificeerde informatie van een andere overheid dan gevraagd werd.",
        "fr": "Une habilitation n'ouvre pas d'informations classifiées d'une autre autorité que celles demandées.",
        "en": "A clearance opens no classified information of others than was asked.",
    },
    "SCR-RENEWAL": {
        "nl": "Een hernieuwing wordt gevraagd vanaf de uitnodiging daartoe, twaalf (ZEER GEHEIM vijftien) maanden voor het einde.",
        "fr": "Un renouvellement se demande à partir de l'invitation, douze mois (TRÈS SECRET quinze) avant la fin.",
        "en": "A renewal is asked from the invitation on, twelve months (ZEER_GEHEIM fifteen) before the end.",
    },
    "SCR-NEEDED": {
        "nl": "De machtiging is nog nodig: alleen de houder zelf kan ze opgeven.",
        "fr": "L'habilitation est encore nécessaire: seul le titulaire peut y renoncer.",
        "en": "The clearance is still needed: only its holder can give it up.",
    },
    "SCR-NEED": {
        "nl": "U hebt geen noodzaak tot kennisname in dit dossier: het diensthoofd wijst de behandelaars aan.",
        "fr": "Vous n'avez pas besoin d'en connaître dans ce dossier: le chef de service désigne ceux qui le traitent.",
        "en": "You have no need to know in this case: the head of service designates who handles it.",
    },
    "SCR-NOTIFIED": {
        "nl": "De kennisgeving is al met een andere datum gemeld.",
        "fr": "La notification a déjà été signalée avec une autre date.",
        "en": "Notification was reported before, with another date.",
    },
    "SCR-NOTIFIER": {
        "nl": "Deze overheid geeft van deze beslissing geen kennis.",
        "fr": "Cette autorité ne notifie pas cette décision.",
        "en": "This account is not the one that notifies this decision.",
    },
    "SCR-OFFICER": {
        "nl": "U bent niet de veiligheidsofficier van deze eenheid.",
        "fr": "Vous n'êtes pas l'officier de sécurité de cette unité.",
        "en": "You are not the security officer of this unit.",
    },
    "SCR-OFFICER-CLEARED": {
        "nl": "Een veiligheidsofficier heeft zelf een machtiging die bruikbaar is.",
        "fr": "Un officier de sécurité détient lui-même une habilitation utilisable.",
        "en": "A security officer holds a clearance that can be used.",
    },
    "SCR-OFFICER-TERM": {
        "nl": "Deze persoon is al met andere data de veiligheidsofficier van deze eenheid, of het einde ligt niet na het begin.",
        "fr": "Cette personne est déjà, à d'autres dates, l'officier de sécurité de cette unité, ou la fin ne suit pas le début.",
        "en": "This person is the unit's security officer already with other dates, or the end does not lie after the beginning.",
    },
    "SCR-ORDER": {
        "nl": "Het beroepsorgaan heeft bevolen toe te kennen: weigeren kan niet meer.",
        "fr": "L'organe de recours a ordonné l'octroi: un refus n'est plus possible.",
        "en": "The appeal body has ordered to grant: it cannot be refused any more.",
    },
    "SCR-OUTCOME": {
        "nl": "Deze uitkomst bestaat niet voor dit instrument.",
        "fr": "Cette issue n'existe pas pour cet instrument.",
        "en": "This outcome does not exist for this instrument.",
    },
    "SCR-PAST": {
        "nl": "Dit tijdstip is voorbij.",
        "fr": "Ce moment est passé.",
        "en": "This instant is over.",
    },
    "SCR-OCCASION": {
        "nl": "Een attest geldt voor een plaats en een periode, en een advies daarvoor nooit langer; andere instrumenten hebben er geen.",
        "fr": "Une attestation vaut pour un lieu et une période, et un avis y relatif jamais au-delà; les autres instruments n'en ont pas.",
        "en": "A certificate is for a place and a period, and an advice for one never holds longer; other instruments have none.",
    },
    "SCR-PERSON": {
        "nl": "Alleen de betrokkene zelf kan dit.",
        "fr": "Seul l'intéressé peut le faire.",
        "en": "Only the person concerned can do this.",
    },
    "SCR-REASONS": {
        "nl": "Een negatief advies heeft redenen nodig: een volledige tekst en een tekst voor de betrokkene.",
        "fr": "Un avis négatif exige des motifs: un texte complet et un texte pour l'intéressé.",
        "en": "A negative advice needs reasons: a full text and one for the person.",
    },
    "SCR-REASSESSING": {
        "nl": "Een advies wordt nog herbekeken.",
        "fr": "Un avis est encore en cours de réévaluation.",
        "en": "An advice is still being reassessed.",
    },
    "SCR-REGIME": {
        "nl": "Dit instrument staat volgens de wet van vandaag niet open voor nieuwe aanvragen.",
        "fr": "Selon la loi en vigueur, cet instrument n'est pas ouvert à de nouvelles demandes.",
        "en": "By today's law this instrument is not open to new requests.",
    },
    "SCR-REQUEST": {
        "nl": "Met dit nummer werd eerder iets anders gevraagd.",
        "fr": "Une autre demande a déjà été faite sous ce numéro.",
        "en": "Something else was asked with this request_id before.",
    },
    "SCR-STATE": {
        "nl": "Dit kan niet in de huidige stand van het dossier.",
        "fr": "Cela n'est pas possible dans l'état actuel du dossier.",
        "en": "This cannot be done as the matter stands.",
    },
    "SCR-TASK-UNKNOWN": {
        "nl": "Deze taak staat niet open.",
        "fr": "Cette tâche n'est pas ouverte.",
        "en": "This task is not open.",
    },
    "SCR-TASKS": {
        "nl": "Nog niet alle taken zijn gedaan.",
        "fr": "Toutes les tâches ne sont pas encore accomplies.",
        "en": "Not all tasks are done yet.",
    },
    "SCR-UNKNOWN": {
        "nl": "Over deze persoon loopt of bestaat hier niets waarop dit betrekking kan hebben; het wordt niet bewaard.",
        "fr": "Rien n'existe ici sur cette personne à quoi cela puisse se rapporter; l'information n'est pas conservée.",
        "en": "There is nothing here on this person that this could bear on; it is not kept.",
    },
    "SCR-SUSPEND": {
        "nl": "De beslissingstermijn wordt geschorst om een reden en tot een dag die de regeling kent, één keer tegelijk en zolang hij loopt.",
        "fr": "Le délai de décision est suspendu pour un motif et jusqu'à un jour prévus par la réglementation, une fois à la fois et tant qu'il court.",
        "en": "The term for deciding is suspended for a reason and until a day that the rules know, once at a time and while it runs.",
    },
    "SCR-UNDECIDED": {
        "nl": "Er is nog niets beslist waarvan kennis kan worden gegeven.",
        "fr": "Il n'y a encore aucune décision à notifier.",
        "en": "There is no decision yet that could be notified.",
    },
}
