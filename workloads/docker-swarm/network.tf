# A network of the swarm's own where none is given, with a way out where there is one.

data "openstack_networking_network_v2" "given" {
  count      = local.make_net ? 0 : 1
  name       = can(regex(local.id, var.network)) ? null : var.network
  network_id = can(regex(local.id, var.network)) ? var.network : null
}

data "openstack_networking_network_v2" "external" {
  count      = var.external == "" ? 0 : 1
  name       = can(regex(local.id, var.external)) ? null : var.external
  network_id = can(regex(local.id, var.external)) ? var.external : null
  external   = true
}

resource "openstack_networking_network_v2" "made" {
  count       = local.make_net ? 1 : 0
  name        = var.mark.prefix
  description = var.mark.description
}

resource "openstack_networking_subnet_v2" "made" {
  count           = local.make_net ? 1 : 0
  name            = var.mark.prefix
  description     = var.mark.description
  network_id      = local.network_id
  ip_version      = 4
  cidr            = var.cidr
  dns_nameservers = compact(split(" ", var.dns))
}

resource "openstack_networking_router_v2" "made" {
  count               = local.make_net && var.external != "" ? 1 : 0
  name                = var.mark.prefix
  description         = var.mark.description
  external_network_id = data.openstack_networking_network_v2.external[0].id
}

resource "openstack_networking_router_interface_v2" "made" {
  count     = length(openstack_networking_router_v2.made)
  router_id = openstack_networking_router_v2.made[0].id
  subnet_id = openstack_networking_subnet_v2.made[0].id
}
