"""The stage: a round shown live, or replayed, on a wallboard that is read from afar; in a browser and in a terminal.

Everything shown is a function of recorded events: :func:`~harness.stage.board.after` folds them into a
:class:`~harness.stage.board.Board`, and both wallboards draw that. A live board reads the journals as they grow, so the round does
not know whether anyone looks.
"""
