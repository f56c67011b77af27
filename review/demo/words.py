"""The demo's people, shows and sentences. All of them invented here."""

from __future__ import annotations

from typing import NamedTuple

from review.rules import State


class Case(NamedTuple):
    """One hand-written application. `feed` names a feed of demo/feeds.py; `same_as` repeats an earlier person."""

    name: str
    title: str
    topic: str
    pitch: str
    state: State
    feed: str = ""
    language: str = "en"
    schedule: str = "every other week"
    reason: str = ""
    same_as: int = -1


S = State
LONG = (
    "We walk one street of our town per episode and knock on doors. What people tell us is small: a recipe, a "
    "quarrel about a hedge, the year the river came into the cellar. Put together it is the history nobody wrote down. "
)

CASES = (
    Case(
        "Maren Oduya",
        "Harbour Kitchen",
        "Arts > Food",
        "Cooks from the port district tell how a dish came across the sea with them. We record in their kitchens, so "
        "you hear the pans. A neighbourhood association pays for our one microphone and nothing else.",
        S.SUBMITTED,
        "harbour",
        schedule="every second Thursday",
    ),
    Case(
        "Tobias Lindqvist",
        "Signal and Noise in Row 14",
        "Technology",
        "Two retired telephone engineers explain the networks we all forgot are there. No adverts, lots of copper.",
        S.SUBMITTED,
        "signal",
        schedule="monthly",
    ),
    Case("Ann Petrosyan", "night bus", "Society & Culture", "stories from the n31. short ones.", S.SUBMITTED),
    Case(
        "Lucía Barrientos",
        "Voces de la Vega",
        "Society & Culture > Documentary",
        "Recogemos las historias de las huertas que quedan alrededor de la ciudad. Cada episodio es una conversación "
        "con alguien que todavía riega a mano. Somos tres vecinas y no ganamos nada con esto.",
        S.SUBMITTED,
        "vega",
        language="es",
        schedule="un episodio al mes",
    ),
    Case(
        "ليلى حداد",
        "حكايات من الحي القديم",
        "Society & Culture",
        "نسجل قصص كبار السن في الحي القديم قبل أن تضيع. كل حلقة صوت واحد وذكرى واحدة.",
        S.SUBMITTED,
        language="ar",
        schedule="weekly",
    ),
    Case(
        "Noor Vandenberg",
        "🌱 Balcony Botany 🐝🎙️",
        "Leisure > Home & Garden",
        "What grows in a pot on the fourth floor, and what visits it. Made with the library's children's group; they "
        "choose the plant and I hold the microphone. 🌻🌧️",
        S.SUBMITTED,
        schedule="every Sunday in the growing season",
    ),
    Case(
        "Edgar Whitcombe",
        "The Parish Ledger",
        "History",
        (LONG * 30)[:5000],
        S.SUBMITTED,
        schedule="weekly",
    ),
    Case(
        "Imke Sørensen",
        "Small Hours Radio Theatre",
        "Fiction > Drama",
        "Original radio plays, twenty minutes each, by night-shift nurses. We write on breaks and record on Mondays.",
        S.SUBMITTED,
        "theatre",
        schedule="six a year",
    ),
    Case(
        "Gus Abernathy",
        "Fix It Before It Rains",
        "Education > How To",
        "Repair café in the old fire station. People bring broken things and leave with a story. We would like to keep "
        "both.",
        S.SUBMITTED,
        "unreachable",
    ),
    Case(
        "Priya Raman",
        "Second Language, First Joke",
        "Comedy",
        "Being funny in a language you learned at thirty. Everyone on the show has failed at it in public.",
        S.SUBMITTED,
        "broken",
        schedule="twice a month",
    ),
    Case(
        "Maren Oduya",
        "Harbour Kitchen (sorry, second try)",
        "Arts > Food",
        "I think my first form did not go through, the page was slow. It is the same show, cooks from the port.",
        S.SUBMITTED,
        "harbour",
        same_as=0,
    ),
    Case(
        "Dov Ashkenazi",
        "Chess for People Who Lose",
        "Leisure > Games",
        "Every week I lose a game to a listener and we talk about why. Nobody is above 1400.",
        S.SUBMITTED,
        schedule="weekly",
    ),
    Case(
        "Community Radio Eastfield",
        "Eastfield Council, Unedited",
        "Government",
        "We record the public council meetings and cut only the breaks. Four hours a month nobody else publishes.",
        S.SUBMITTED,
        "unreadable",
        schedule="monthly, long",
    ),
    Case("J.", "untitled", "Arts", "i want to make a podcast about my life and need hosting", S.SUBMITTED),
    Case(
        "Hanne Kallio",
        "Kuuntele metsää",
        "Science > Nature",
        "Kaksikymmentä minuuttia metsää ilman puhetta, ja sen jälkeen biologi kertoo, mitä kuulimme.",
        S.IN_REVIEW,
        "forest",
        language="fi",
        schedule="kerran kuussa",
    ),
    Case(
        "Ibrahim Sesay",
        "Letters to Freetown",
        "Society & Culture > Personal Journals",
        "My mother and I write letters, she in Freetown, I in Bremen, and we read them to each other on tape.",
        S.IN_REVIEW,
        schedule="monthly",
    ),
    Case(
        "Clare Donoghue",
        "Grief Club",
        "Health & Fitness > Mental Health",
        "A support group that agreed to be recorded. Names changed, everyone hears the cut before it goes out.",
        S.IN_REVIEW,
        schedule="when it is ready",
    ),
    Case(
        "Marco Bellandi",
        "Vinyl Attic",
        "Music > Music History",
        "One record from my uncle's attic per episode, played and explained. Mostly Italian jazz of the fifties.",
        S.ASKED,
        reason="rights-question",
        schedule="weekly",
    ),
    Case("Femke de Boer", "tidal", "Science", "about tides", S.ASKED, reason="pitch-short"),
    Case(
        "Sipho Nkosi",
        "The Long Taxi",
        "Society & Culture > Places & Travel",
        "Conversations recorded in shared taxis between two cities, with everyone's leave.",
        S.ASKED,
        "lost",
        reason="feed-unreachable",
    ),
    Case(
        "Beatrix Holm",
        "Quiet Machines",
        "Technology",
        "A blind developer reviews the sounds of everyday machines. Which ones lie to you?",
        S.APPROVED,
        "machines",
        reason="new-voice",
        schedule="every three weeks",
    ),
    Case(
        "Amadou Diallo",
        "Barbershop Economics",
        "Business",
        "What the price of a haircut says about rent, bread and migration. Recorded with the clippers on.",
        S.APPROVED,
        reason="fits-community",
    ),
    Case(
        "Yuki Tanabe",
        "Half Past Haiku",
        "Arts > Books",
        "One haiku, one walk, eight minutes. By members of a poetry circle that has met since 1981.",
        S.APPROVED,
        reason="fits-community",
        schedule="weekly",
    ),
    Case(
        "Rosalind Achterberg",
        "Allotment Court",
        "Comedy > Improv",
        "Improvised trials over real allotment quarrels. The defendant is usually a hedge.",
        S.APPROVED,
        reason="new-voice",
    ),
    Case(
        "GrowthHackerz Media",
        "10x Your Funnel",
        "Business > Marketing",
        "We interview top closers. Monetized, 3 sponsors already signed. Need free hosting to keep CAC low.",
        S.DECLINED,
        reason="commercial",
        schedule="daily",
    ),
    Case(
        "Ollie Brandt",
        "Podcast name tbd",
        "Comedy",
        "Me and the lads. No plan yet but it will be huge.",
        S.DECLINED,
        reason="not-started",
    ),
    Case(
        "Nightdrive FM",
        "Full Album Fridays",
        "Music",
        "Whole albums every Friday, the ones you cannot find any more.",
        S.DECLINED,
        reason="rights",
        schedule="every Friday",
    ),
    Case(
        "Agnieszka Wrona",
        "Szkoła za rogiem",
        "Education",
        "Uczniowie z naszej szkoły rozmawiają z ludźmi, którzy uczyli się w tym samym budynku sto lat temu — z archiwum.",
        S.WAITLISTED,
        language="pl",
        reason="places-full",
    ),
    Case(
        "Rhys Pritchard",
        "Slate",
        "History",
        "The quarry closed in 1969. Eleven men who worked there are still alive, and we have recorded nine.",
        S.WAITLISTED,
        reason="next-round",
    ),
    Case(
        "Tamsin Okoro",
        "Bread & Circuits",
        "Leisure > Hobbies",
        "Bakers build synthesisers, engineers bake bread. Everybody is bad at half of it.",
        S.WITHDRAWN,
    ),
    Case(
        "Pavel Novotny",
        "Trams of the World, Ranked",
        "Leisure",
        "I ride every tram line there is and rank the bells. Found a host at my university in the end.",
        S.WITHDRAWN,
    ),
    Case(
        "Tobias Lindqvist",
        "Signal & Noise in Row 14",
        "Technology",
        "Sent again with the ampersand, in case the title matters for the feed.",
        S.DUPLICATE,
        "signal",
        reason="same-show",
        same_as=1,
    ),
    Case(
        "Dov Ashkenazi",
        "Chess for people who lose",
        "Leisure > Games",
        "Same as last week, I was not sure it had arrived.",
        S.DUPLICATE,
        reason="same-person",
        same_as=11,
    ),
    Case(
        "Kerstin Aumann",
        "Ein Dorf hört zu",
        "Society & Culture",
        "Jeden Monat lädt das Dorf jemanden ein, der anderer Meinung ist, und hört eine Stunde lang zu.",
        S.UNVERIFIED,
        language="de",
    ),
)

FIRST = ["Ada", "Bilal", "Carmen", "Dmitri", "Elif", "Farah", "Goran", "Hilde", "Ines", "Jonas", "Kamala", "Leo", "Mina", "Nils", "Oksana", "Paolo", "Quentin", "Rana", "Sven", "Tara", "Uma", "Viktor", "Wanda", "Xenia", "Yara", "Zeno"]
LAST = ["Achebe", "Brandl", "Cortés", "Duarte", "Eklund", "Faye", "Grigoryan", "Haddad", "Ivarsson", "Jansen", "Kowal", "Lopes", "Maas", "Nakamura", "Osei", "Pereira", "Quist", "Rossi", "Sato", "Tesfaye", "Ueda", "Vargas", "Weiss", "Yilmaz", "Zeman"]
THINGS = ["River", "Clock", "Cellar", "Orchard", "Bridge", "Window", "Atlas", "Lantern", "Pocket", "Ferry", "Loom", "Meadow", "Engine", "Kettle", "Archive", "Corner", "Sparrow", "Tunnel", "Almanac", "Market", "Compass", "Pantry", "Railway", "Choir"]
SHAPES = (
    "The {} Tapes",
    "{} at Midnight",
    "Notes from the {}",
    "A {} of One's Own",
    "{} Talk",
    "Behind the {}",
    "Slow {}",
    "The Last {}",
)
OPENINGS = (
    "We talk with people nobody interviews:",
    "Two friends and a recorder, looking for",
    "Every episode starts with one question about",
    "A reading group went outside and found",
    "Our school radio keeps a diary of",
    "A choir, a baker and a nurse explain",
)
MATTERS = (
    "the sounds of a street that is being torn down",
    "how neighbours share one garden",
    "work that is done at night",
    "songs their grandparents would not translate",
    "a river that floods every ten years",
    "what a village does when the last shop closes",
    "machines that are older than their owners",
    "growing up between two languages",
)
CLOSINGS = (
    "Nobody is paid, the room is lent to us, and we have kept it up for a year.",
    "We publish when it is good, and it costs us a Saturday each time.",
    "We have four finished episodes and a list of thirty more.",
    "The library lends us the microphones; all we lack is a place to put the feed.",
)
SCHEDULES = ("weekly", "every other week", "monthly", "six times a year", "in seasons of eight")
TOPICS = (
    "Arts",
    "Comedy",
    "Education",
    "Fiction",
    "History",
    "Leisure",
    "Music",
    "Science",
    "Society & Culture",
    "Technology",
)
LANGUAGES = ("en", "en", "en", "en", "de", "es", "fr", "nl", "pl", "sv")
