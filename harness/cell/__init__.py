"""One cell: one workload on one cloud, in a process of its own (``python -m harness.cell FOLDER``).

:mod:`~harness.cell.flow` reads as what happens: look, deploy, check, clean up, prove it.
"""
