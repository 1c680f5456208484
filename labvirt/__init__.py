"""An out-of-tree virtualisation driver for Nova: servers that boot on a machine without hardware virtualisation.

``compute_driver = labvirt.driver.LabDriver``. The kind of server is chosen by the flavor's extra spec ``lab:guest``; each kind is one
module of ``labvirt.kinds`` (``lxc``: a system container with an init system of its own). Runs as root in Nova's own environment
and needs lxc, qemu-utils, e2fsprogs, iproute2, ethtool and Open vSwitch's command line beside it.
"""
