"""What runs inside the lab under the Python of an OpenStack release, importing nothing of the harness.

The folder is copied to /lab/py/inside at every ``up``. ``launch`` starts the services; each service is a module with ``MODULES`` to
import before forking, and ``serve(home)``.
"""
