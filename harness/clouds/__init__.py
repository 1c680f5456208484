"""Clouds: entries of clouds.yaml, connections to them, and what can be found out without creating anything.

:mod:`~harness.clouds.config` opens them, :mod:`~harness.clouds.discovery` finds the inputs of a workload (one file each in
:mod:`~harness.clouds.kinds`), :mod:`~harness.clouds.quota` asks whether it fits, :mod:`~harness.clouds.sorting` sorts a cloud's
errors into verdicts, :mod:`~harness.clouds.netns` enters the network namespace that a cloud's entry names.
"""
