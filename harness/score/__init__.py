"""How well a workload moves from one cloud to another, as a number with its bounds and its reasons. Pure: values in, values out.

:func:`in_plain_words` says how it is made. :class:`Matrix` is the way in: a :class:`Catalogue`, what is known of each :class:`Cloud`, a
:class:`Profile` of weights and the :class:`Costs` of adapting give the :class:`Move` of every ordered pair, and its :class:`Waterfall`. All
numbers are exact fractions, so that parts sum to their whole. The constants are the versioned files of
:mod:`harness.score.datafiles`. Nothing here knows where values come from, nor how they are shown.
"""

from harness.score.adaptation import Adaptation, Costs, Difference, Portability, portability
from harness.score.catalogue import Catalogue, Choice, Cloud, Kind, Trait
from harness.score.datafiles import Constants, Memberships, TimeRule, constants, newest, profile
from harness.score.errors import ScoreError
from harness.score.fidelity import Fidelity, Loss
from harness.score.fleet import Fleet, Reach, fleet, reach
from harness.score.labels import Label, hundredths, label, levels, percent
from harness.score.matrix import Matrix, Rank, Sensitivity, sensitivity
from harness.score.membership import Amount, Known, Members, Membership, counted, quickness, reached, shared, sharing
from harness.score.move import Fall, Gate, Move, Step, Waterfall, gate
from harness.score.plainly import in_plain_words
from harness.score.weights import Profile, weigh

__all__ = [
    "Adaptation",
    "Amount",
    "Catalogue",
    "Choice",
    "Cloud",
    "Constants",
    "Costs",
    "Difference",
    "Fall",
    "Fidelity",
    "Fleet",
    "Gate",
    "Kind",
    "Known",
    "Label",
    "Loss",
    "Matrix",
    "Members",
    "Membership",
    "Memberships",
    "Move",
    "Portability",
    "Profile",
    "Rank",
    "Reach",
    "ScoreError",
    "Sensitivity",
    "Step",
    "TimeRule",
    "Trait",
    "Waterfall",
    "constants",
    "counted",
    "fleet",
    "gate",
    "hundredths",
    "in_plain_words",
    "label",
    "levels",
    "newest",
    "percent",
    "portability",
    "profile",
    "quickness",
    "reach",
    "reached",
    "sensitivity",
    "shared",
    "sharing",
    "weigh",
]
