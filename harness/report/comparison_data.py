"""A comparison as plain data, for programs. Every share of 1 is a fraction as text (``"77/100"``), so that parts sum to their whole."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from harness.model import to_json
from harness.report.comparison import Comparison
from harness.report.history import History
from harness.score import Constants, Move, percent

SCHEMA = 1
"""Goes up when a key goes away or changes its meaning; new keys may come at any time."""


def document(comparison: Comparison) -> dict[str, Any]:
    """All clouds together."""
    matrix, reach, fleet = comparison.matrix, comparison.reach, comparison.fleet
    return {
        **_about(comparison),
        "reach": {"runs": list(reach.runs), "fails": list(reach.fails), "unproven": list(reach.unproven)},
        "moves": [_move(each) for each in matrix.moves.values()],
        "ranking": [{"cloud": each.cloud, "place": each.place, **_share("score", each.score)} for each in matrix.ranking],
        "sensitivity": [
            {"profile": each.profile, "changes": each.changes, "swapped": [list(pair) for pair in each.swapped]}
            for each in comparison.sensitivity
        ],
        "fleet": {
            **_share("score", fleet.score),
            "members": {cloud: str(share) for cloud, share in fleet.members.items()},
            "only_here": {cloud: list(traits) for cloud, traits in fleet.only_here.items()},
        },
    }


def of_pair(comparison: Comparison, there: str, here: str) -> dict[str, Any]:
    """One ordered pair, with its waterfall."""
    matrix = comparison.matrix
    waterfall = matrix.waterfall(there, here)
    return {
        **_about(comparison),
        "move": _move(matrix.moves[there, here]),
        "losses": [
            {"check": each.check, "facet": each.facet, **_share("amount", each.amount), "traits": _texts(each.traits)}
            for each in matrix.losses(there, here)
        ],
        "not_shown": {id_: matrix.clouds[comparison.clouds.index(here)].why.get(id_, "") for id_ in matrix.not_shown(there, here)},
        "waterfall": None
        if waterfall is None
        else {
            "falls": [
                {"step": each.step.value, "name": each.name, **_share("amount", each.amount), "about": list(each.about)}
                for each in waterfall.falls
            ],
            "fidelity": str(waterfall.fidelity),
            "gated": str(waterfall.gated),
            "score": str(waterfall.score),
        },
        "answers_s": {cloud: list(comparison.answers[cloud]) for cloud in (there, here)},
    }


def of_history(found: History) -> dict[str, Any]:
    """One cloud over time."""
    return {
        "schema": SCHEMA,
        "cloud": found.cloud,
        "workload": found.workload,
        "stages": [
            {
                "run": each.run,
                "started": each.started,
                "digest": each.digest,
                **_share("holds", each.holds),
                "runs": each.runs,
                "changes": [{**to_json(change), "turn": change.turn.value} for change in each.changes],
                "remarks": list(each.remarks),
                "weights": {"profile": each.profile.name, "digest": each.profile.digest},
                "data_files": _data_files(each.constants),
            }
            for each in found.stages
        ],
    }


def _about(comparison: Comparison) -> dict[str, Any]:
    matrix = comparison.matrix
    return {
        "schema": SCHEMA,
        "workload": {"name": comparison.workload.name, "digest": comparison.workload.digest},
        "runs": list(comparison.runs),
        "clouds": [
            {
                "name": each.name,
                "servers": comparison.participants[each.name].servers,
                "attempts": comparison.attempts[each.name],
                "telling": comparison.telling[each.name],
                "answers_s": list(comparison.answers[each.name]),
                "unknown": dict(each.why),
            }
            for each in matrix.clouds
        ],
        "weights": {"profile": matrix.profile.name, "digest": matrix.profile.digest, "traits": _texts(matrix.weights)},
        "data_files": _data_files(comparison.constants),
        "remarks": list(comparison.remarks),
    }


def _data_files(constants: Constants) -> dict[str, str]:
    return {constants.files[kind]: digest for kind, digest in constants.digests.items()}


def _move(move: Move) -> dict[str, Any]:
    fidelity, gate, adapted = move.fidelity, move.gate, move.portability
    return {
        "from": move.there,
        "to": move.here,
        **_share("score", move.score),
        "low": str(move.low),
        "high": str(move.high),
        "why_no_number": move.why,
        "fidelity": {key: str(value) if value is not None else None for key, value in vars(fidelity).items()},
        "gate": {**_share("point", gate.point), "failing": list(gate.failing), "unknown": list(gate.unknown)},
        "portability": {
            **_share("point", adapted.point),
            "low": str(adapted.low),
            "high": str(adapted.high),
            "unknown": list(adapted.unknown),
            "adaptations": [
                {
                    "name": each.name,
                    "class": each.cost_class,
                    "cost": str(each.cost),
                    "differences": [to_json(one) for one in each.differences],
                }
                for each in adapted.adaptations
            ],
        },
    }


def _share(name: str, share: Fraction | None) -> dict[str, str | None]:
    """A share exactly, and in per cent as it is printed."""
    return {name: None, f"{name}_percent": None} if share is None else {name: str(share), f"{name}_percent": percent(share)}


def _texts(shares: Any) -> dict[str, str]:
    return {name: str(share) for name, share in shares.items()}
