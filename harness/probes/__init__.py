"""How to look at a server: through the API, its console, a login, the network from outside, and the network from inside.

A probe reports what it saw and judges nothing. What runs inside a guest stands in :mod:`harness.probes.inside`.
"""
