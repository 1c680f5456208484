# The nodes. Each makes itself one at boot, from its user-data alone.

data "openstack_images_image_v2" "node" {
  count       = can(regex(local.id, var.image)) ? 0 : 1
  name        = var.image
  most_recent = true
}

# Made once, and kept: two times 122 random bits.
resource "terraform_data" "join_secret" {
  input = sensitive("${uuid()}${uuid()}")
  lifecycle {
    ignore_changes = [input]
  }
}

resource "openstack_compute_keypair_v2" "login" {
  name       = var.mark.prefix
  public_key = var.public_key
}

resource "openstack_networking_port_v2" "node" {
  for_each    = toset(local.nodes)
  name        = "${var.mark.prefix}-${each.key}"
  description = var.mark.description
  network_id  = local.network_id
  security_group_ids = concat(
    [openstack_networking_secgroup_v2.member.id],
    each.key == local.manager ? [openstack_networking_secgroup_v2.manager.id] : [],
  )
  dynamic "fixed_ip" {
    for_each = openstack_networking_subnet_v2.made
    content {
      subnet_id = fixed_ip.value.id
    }
  }
  lifecycle {
    postcondition {
      condition     = anytrue([for address in self.all_fixed_ips : length(regexall(":", address)) == 0])
      error_message = "The network gives no IPv4 address, and the swarm's members need one: name another, or let one be made."
    }
  }
}

resource "openstack_networking_floatingip_v2" "node" {
  for_each    = toset(local.floating ? local.nodes : [])
  description = var.mark.description
  pool        = one(data.openstack_networking_network_v2.external[*].name)
  value_specs = { floating_network_id = one(data.openstack_networking_network_v2.external[*].id) } # a name may be that of several
  port_id     = openstack_networking_port_v2.node[each.key].id
  depends_on  = [openstack_networking_router_interface_v2.made] # the way from the subnet to the external network
  lifecycle {
    precondition {
      condition     = var.external != ""
      error_message = "Floating addresses come from an external network: name it as external, or choose address = direct."
    }
  }
}

resource "openstack_compute_instance_v2" "node" {
  for_each          = toset(local.nodes)
  name              = "${var.mark.prefix}-${each.key}"
  metadata          = var.mark.metadata
  image_id          = can(regex(local.id, var.image)) ? var.image : data.openstack_images_image_v2.node[0].id
  flavor_name       = var.flavor
  availability_zone = var.zone == "" ? null : var.zone
  key_pair          = openstack_compute_keypair_v2.login.name
  config_drive      = var.config_drive
  user_data = sensitive(templatefile("${path.module}/user-data.yaml.tftpl", {
    secret = terraform_data.join_secret.output
    files  = { for file in fileset("${path.module}/node", "**") : file => file("${path.module}/node/${file}") }
    settings = {
      ROLE         = each.key == local.manager ? "manager" : "worker"
      ADDRESS      = local.fixed_address[each.key]
      MANAGER      = local.fixed_address[local.manager]
      HANDOVER     = local.ports.handover
      NODES        = length(local.nodes)
      REPLICAS     = var.replicas
      PAGE         = local.ports.page
      OVERLAY_POOL = var.overlay_pool
      PATIENCE     = var.patience
      LOGIN_USER   = var.login_user
    }
  }))
  network {
    port = openstack_networking_port_v2.node[each.key].id
  }
  # a node sets itself up as soon as it boots: the ways in and out must be there before
  depends_on = [
    openstack_networking_router_interface_v2.made,
    openstack_networking_secgroup_rule_v2.among_members,
    openstack_networking_secgroup_rule_v2.members_to_manager,
    openstack_networking_secgroup_rule_v2.world,
  ]
}
