output "servers" {
  # port 80 is not a server's own: whoever asks for it anywhere reaches the service, through the routing mesh
  value = [for node in local.nodes : {
    id           = openstack_compute_instance_v2.node[node].id
    name         = openstack_compute_instance_v2.node[node].name
    role         = node == local.manager ? "manager" : "worker"
    login_user   = var.login_user
    address      = local.address[node]
    public_ports = [local.ports.logins]
    member_ports = concat([local.ports.gossip], node == local.manager ? [local.ports.control, local.ports.handover] : [])
  }]
}

output "endpoints" {
  value = [for node in local.nodes : { name = node, url = "http://${local.address[node]}/" }]
}

output "branches" {
  value = {
    address        = var.address
    network        = local.make_net ? "made" : "shared"
    initialisation = var.config_drive ? "config-drive" : "metadata"
  }
}
