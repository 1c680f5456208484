"""The driver's own options, section ``[lab]`` of nova.conf."""

from __future__ import annotations

import nova.conf
from oslo_config import cfg

__all__ = ["CONF"]

OPTIONS = [
    cfg.StrOpt("namespace", help="Network namespace that holds the integration bridge's interfaces."),
    cfg.StrOpt("ovsdb", help="Connection to the OVSDB server, as ovs-vsctl's --db takes it."),
    cfg.StrOpt("bridge", default="br-int", help="The integration bridge."),
    cfg.ListOpt("guests", default=["lxc"], help="The kinds of guest that images are made ready for before they are needed."),
    cfg.IntOpt("soft_reboot_s", default=60, help="Seconds that a guest has to restart by itself before it is restarted."),
]

CONF = nova.conf.CONF
CONF.register_opts(OPTIONS, group="lab")
