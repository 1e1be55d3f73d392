"""The whole table: every attack, and the places that this user can stand in."""

import os

from hostile.attack import Attack
from hostile.attacks_answers import NO_RESULT
from hostile.attacks_files import LOOKING, WRITING
from hostile.attacks_grading import GRADING
from hostile.attacks_kernel import KERNEL
from hostile.attacks_processes import ENDINGS, LEFTOVERS, SIGNALS, SURVIVORS
from hostile.attacks_resources import RESOURCES
from hostile.attacks_sockets import NETWORK
from hostile.places import PLACES

OUTSIDE = [
    *LOOKING,
    *WRITING,
    *SIGNALS,
    *SURVIVORS,
    *LEFTOVERS,
    *ENDINGS,
    *KERNEL,
    *NETWORK,
    *RESOURCES,
]
AGAINST_GRADING = [*GRADING, *NO_RESULT]
ATTACKS = [*OUTSIDE, *AGAINST_GRADING]


def places_here() -> list[str]:
    """Return the places that this user can stand in: an ordinary one cannot become root."""
    return [name for name, place in PLACES.items() if os.geteuid() == 0 or not place.as_root]


def pairs() -> list[tuple[str, Attack]]:
    """Return what is to be tried where: the grading itself does not depend on Landlock."""
    return [
        (place, attack)
        for place in places_here()
        for attack in (OUTSIDE if PLACES[place].no_landlock else ATTACKS)
    ]
