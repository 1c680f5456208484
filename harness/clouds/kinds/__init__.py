"""Kinds of inputs that are found on a cloud, one file each, by the kind's name.

A module has ``find(spec, scene)``, which looks for what fits, and ``take(value, scene)``, which looks up what an overlay set; both
return a :class:`~harness.clouds.scene.Choice`, or raise :class:`~harness.errors.UsageError` saying what there is.
"""
