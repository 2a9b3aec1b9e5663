"""What the public pages say, in three languages, and how a day is written in each."""

from __future__ import annotations

from datetime import date

MONTHS = {
    "nl": ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"],
    "fr": ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
}

WORDS = {
    "nl": {
        "title": "Organisatie van de politie",
        "on": "De organisatie op {on}, volgens wat vandaag bekend is.",
        "since": "Dit beeld geldt sinds {since}.",
        "until": "Dit beeld geldt van {since} tot {until}, wanneer de volgende bekende wijziging ingaat.",
        "day": "Dag",
        "show": "Toon",
        "today": "Vandaag",
        "changes": "Dagen waarop er iets veranderde of verandert",
        "language": "Taal",
        "skip": "Naar de lijst",
        "list": "Als lijst",
        "head": "aan het hoofd: {post}",
        "elsewhere": "aan het hoofd: {post} ({unit})",
        "headless": "geen ambt aan het hoofd aangewezen",
        "exists": "in deze vorm sinds {since}",
        "under": "onder {above}",
        "described": "{many} eenheden op {on}. Bovenaan: {tops}. Dezelfde eenheden staan als lijst onder het beeld.",
        "none": "Op {on} is er geen enkele eenheid.",
        "first": "De vroegste eenheid die bekend is, bestaat sinds {first}.",
        "nothing": "Er is nog geen eenheid ingevoerd; zodra dat gebeurt, staat ze hier.",
        "wrong": "“{text}” is geen dag zoals 2026-01-31; dit is vandaag.",
        "public": "Hier staat alleen wat bekendgemaakt mag worden: de eenheden en het ambt dat ze leidt. Geen personen, en niet of een ambt bezet is.",
        "data": "Dezelfde gegevens:",
        "image": "als beeld (SVG)",
        "linked": "als linked data (W3C ORG, JSON-LD)",
    },
    "fr": {
        "title": "Organisation de la police",
        "on": "L'organisation au {on}, selon ce qui est connu aujourd'hui.",
        "since": "Cette image vaut depuis le {since}.",
        "until": "Cette image vaut du {since} au {until}, date du prochain changement connu.",
        "day": "Jour",
        "show": "Afficher",
        "today": "Aujourd'hui",
        "changes": "Jours où quelque chose a changé ou changera",
        "language": "Langue",
        "skip": "Vers la liste",
        "list": "En liste",
        "head": "à sa tête : {post}",
        "elsewhere": "à sa tête : {post} ({unit})",
        "headless": "aucun emploi désigné à sa tête",
        "exists": "sous cette forme depuis le {since}",
        "under": "sous {above}",
        "described": "{many} unités au {on}. En haut : {tops}. Les mêmes unités figurent en liste sous l'image.",
        "none": "Au {on}, il n'y a aucune unité.",
        "first": "La plus ancienne unité connue existe depuis le {first}.",
        "nothing": "Aucune unité n'a encore été introduite ; dès que ce sera fait, elle figurera ici.",
        "wrong": "« {text} » n'est pas un jour comme 2026-01-31 ; voici aujourd'hui.",
        "public": "On ne trouve ici que ce qui peut être publié : les unités et l'emploi qui les dirige. Ni personnes, ni si un emploi est occupé.",
        "data": "Les mêmes données :",
        "image": "en image (SVG)",
        "linked": "en données liées (W3C ORG, JSON-LD)",
    },
    "en": {
        "title": "Organisation of the police",
        "on": "The organisation on {on}, as far as is known today.",
        "since": "This picture holds since {since}.",
        "until": "This picture holds from {since} to {until}, when the next known change takes effect.",
        "day": "Day",
        "show": "Show",
        "today": "Today",
        "changes": "Days on which something changed or will",
        "language": "Language",
        "skip": "To the list",
        "list": "As a list",
        "head": "headed by: {post}",
        "elsewhere": "headed by: {post} ({unit})",
        "headless": "no post is named as its head",
        "exists": "in this form since {since}",
        "under": "under {above}",
        "described": "{many} units on {on}. At the top: {tops}. The same units stand below the picture as a list.",
        "none": "On {on} there is no unit at all.",
        "first": "The earliest unit that is known exists since {first}.",
        "nothing": "No unit was entered yet; as soon as one is, it will stand here.",
        "wrong": "“{text}” is no day such as 2026-01-31; this is today.",
        "public": "Only what may be published stands here: the units, and the post that heads each. No persons, and not whether a post is filled.",
        "data": "The same data:",
        "image": "as a picture (SVG)",
        "linked": "as linked data (W3C ORG, JSON-LD)",
    },
}


def said(day: date, language: str) -> str:
    """A day as people write it."""
    first = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return f"{first} {MONTHS[language][day.month - 1]} {day.year}"
