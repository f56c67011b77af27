"""What the demo's dice choose from. All of it invented here."""

from __future__ import annotations

FIRST = (
    "Ada Bilal Carmen Dmitri Elif Farah Goran Hilde Ines Jonas Kamala Leo Mina Nils Oksana Paolo Quentin Rana Sven "
    "Tara Uma Viktor Wanda Xenia Yara Zeno"
).split()
LAST = (
    "Achebe Brandl Cortés Duarte Eklund Faye Grigoryan Haddad Ivarsson Jansen Kowal Lopes Maas Nakamura Osei "
    "Pereira Quist Rossi Sato Tesfaye Ueda Vargas Weiss Yilmaz Zeman"
).split()
THINGS = (
    "River Clock Cellar Orchard Bridge Window Atlas Lantern Pocket Ferry Loom Meadow Engine Kettle Archive Corner "
    "Sparrow Tunnel Almanac Market Compass Pantry Railway Choir"
).split()
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
