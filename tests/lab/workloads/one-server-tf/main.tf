terraform {
  required_version = ">= 1.4"
  required_providers {
    openstack = {
      source  = "terraform-provider-openstack/openstack"
      version = ">= 1.54.1, < 4.0.0"
    }
  }
}

provider "openstack" {}

variable "mark" {
  type = object({ prefix = string, description = string, metadata = map(string) })
}
variable "public_key" { type = string }
variable "image" { type = string }
variable "flavor" { type = string }
variable "network" { type = string }
variable "external" { type = string }
variable "address" { type = string }
variable "login_user" { type = string }
variable "config_drive" { type = bool }

locals {
  made    = var.network == "" ? 1 : 0
  routed  = var.network == "" && var.external != "" ? 1 : 0
  network = one(concat(openstack_networking_network_v2.own[*].id, data.openstack_networking_network_v2.shared[*].id))
  name    = "${var.mark.prefix}-only"
}

data "openstack_images_image_v2" "image" {
  name        = var.image
  most_recent = true
}

data "openstack_networking_network_v2" "shared" {
  count = 1 - local.made
  name  = var.network
}

data "openstack_networking_network_v2" "external" {
  count = local.routed
  name  = var.external
}

# what only Terraform's state knows, to see that it gets nowhere else
resource "terraform_data" "secret" {
  input = "${uuid()}${uuid()}"
  lifecycle {
    ignore_changes = [input]
  }
}

resource "openstack_compute_keypair_v2" "key" {
  name       = var.mark.prefix
  public_key = trimspace(var.public_key)
}

resource "openstack_networking_secgroup_v2" "group" {
  name        = var.mark.prefix
  description = var.mark.description
}

resource "openstack_networking_secgroup_rule_v2" "login" {
  security_group_id = openstack_networking_secgroup_v2.group.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 22
  port_range_max    = 22
}

resource "openstack_networking_secgroup_rule_v2" "ping" {
  security_group_id = openstack_networking_secgroup_v2.group.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "icmp"
}

resource "openstack_networking_network_v2" "own" {
  count       = local.made
  name        = var.mark.prefix
  description = var.mark.description
}

resource "openstack_networking_subnet_v2" "own" {
  count       = local.made
  name        = var.mark.prefix
  description = var.mark.description
  network_id  = local.network
  cidr        = "10.20.26.0/24"
}

resource "openstack_networking_router_v2" "own" {
  count               = local.routed
  name                = var.mark.prefix
  description         = var.mark.description
  external_network_id = data.openstack_networking_network_v2.external[0].id
}

resource "openstack_networking_router_interface_v2" "own" {
  count     = local.routed
  router_id = openstack_networking_router_v2.own[0].id
  subnet_id = openstack_networking_subnet_v2.own[0].id
}

resource "openstack_networking_port_v2" "port" {
  name               = local.name
  description        = var.mark.description
  network_id         = local.network
  security_group_ids = [openstack_networking_secgroup_v2.group.id]
  dynamic "fixed_ip" {
    for_each = openstack_networking_subnet_v2.own
    content {
      subnet_id = fixed_ip.value.id
    }
  }
}

resource "openstack_networking_floatingip_v2" "address" {
  count       = var.address == "floating" ? 1 : 0
  pool        = var.external
  port_id     = openstack_networking_port_v2.port.id
  description = var.mark.description
  depends_on  = [openstack_networking_router_interface_v2.own]
}

resource "openstack_compute_instance_v2" "server" {
  name         = local.name
  image_id     = data.openstack_images_image_v2.image.id
  flavor_name  = var.flavor
  key_pair     = openstack_compute_keypair_v2.key.name
  metadata     = var.mark.metadata
  config_drive = var.config_drive
  network {
    port = openstack_networking_port_v2.port.id
  }
  depends_on = [openstack_networking_router_interface_v2.own]
}

output "servers" {
  value = [{
    id           = openstack_compute_instance_v2.server.id
    name         = local.name
    role         = "only"
    login_user   = var.login_user
    address      = one(concat(openstack_networking_floatingip_v2.address[*].address, var.address == "floating" ? [] : [openstack_networking_port_v2.port.all_fixed_ips[0]]))
    public_ports = [22]
  }]
}

output "endpoints" {
  value = []
}

output "branches" {
  value = {
    address        = var.address
    network        = var.network == "" ? "made" : "shared"
    initialisation = var.config_drive ? "config-drive" : "metadata"
  }
}

output "secret" {
  value     = terraform_data.secret.output
  sensitive = true
}
