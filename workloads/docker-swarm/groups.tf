# What Swarm needs, among its members alone; logins and the page from everywhere; nothing else.

resource "openstack_networking_secgroup_v2" "member" {
  name        = "${var.mark.prefix}-member"
  description = var.mark.description
}

resource "openstack_networking_secgroup_v2" "manager" {
  name                 = "${var.mark.prefix}-manager"
  description          = var.mark.description
  delete_default_rules = true # what may go out stands in the members' group
}

resource "openstack_networking_secgroup_rule_v2" "among_members" {
  for_each = {
    gossip-tcp = { protocol = "tcp", port = local.ports.gossip }
    gossip-udp = { protocol = "udp", port = local.ports.gossip }
    vxlan      = { protocol = "udp", port = local.ports.vxlan }
  }
  security_group_id = openstack_networking_secgroup_v2.member.id
  remote_group_id   = openstack_networking_secgroup_v2.member.id
  description       = var.mark.description
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = each.value.protocol
  port_range_min    = each.value.port
  port_range_max    = each.value.port
}

resource "openstack_networking_secgroup_rule_v2" "members_to_manager" {
  for_each          = { control = local.ports.control, handover = local.ports.handover }
  security_group_id = openstack_networking_secgroup_v2.manager.id
  remote_group_id   = openstack_networking_secgroup_v2.member.id
  description       = var.mark.description
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = each.value
  port_range_max    = each.value
}

resource "openstack_networking_secgroup_rule_v2" "world" {
  for_each          = { logins = local.ports.logins, page = local.ports.page }
  security_group_id = openstack_networking_secgroup_v2.member.id
  remote_ip_prefix  = "0.0.0.0/0"
  description       = var.mark.description
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = each.value
  port_range_max    = each.value
}
