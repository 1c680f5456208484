terraform {
  required_version = ">= 1.4" # terraform_data
  required_providers {
    openstack = {
      source  = "terraform-provider-openstack/openstack"
      version = ">= 1.54.1, < 4.0.0"
    }
  }
}

# The cloud is the one that OS_CLOUD names in clouds.yaml.
provider "openstack" {}

locals {
  manager = "manager"
  workers = [for number in range(var.workers) : "worker-${number + 1}"]
  nodes   = concat([local.manager], local.workers)

  ports = {
    control  = 2377 # Swarm's managers, for members
    gossip   = 7946 # members among each other, TCP and UDP
    vxlan    = 4789 # overlay networks, UDP
    handover = 9377 # the join token, until every node is in
    page     = 80   # published to the world
    logins   = 22
  }

  # of a port's fixed addresses, which may be of both families, the IPv4 one
  fixed_address = {
    for node in local.nodes : node => [
      for address in openstack_networking_port_v2.node[node].all_fixed_ips : address if length(regexall(":", address)) == 0
    ][0]
  }
  address = {
    for node in local.nodes : node =>
    local.floating ? openstack_networking_floatingip_v2.node[node].address : local.fixed_address[node]
  }

  floating   = var.address == "floating"
  make_net   = var.network == ""
  network_id = local.make_net ? openstack_networking_network_v2.made[0].id : data.openstack_networking_network_v2.given[0].id

  id = "^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$" # what tells an id from a name
}
