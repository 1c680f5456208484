# Names, or ids where a name is not enough.

variable "image" {
  type        = string
  description = "Debian or Ubuntu with cloud-init; what it lacks of Docker's packages is installed at boot"
}

variable "flavor" {
  type        = string
  description = "1 vCPU, 768 MiB, 4 GiB disk, or more"
}

variable "network" {
  type        = string
  default     = ""
  description = "empty: make a network, a subnet and a router; else the network to use"
}

variable "external" {
  type        = string
  default     = ""
  description = "the network of routers and floating addresses; empty where there is none"
}

variable "address" {
  type        = string
  default     = "floating"
  description = "how servers are reached from outside: by floating addresses, or at their own (direct)"
  validation {
    condition     = contains(["floating", "direct"], var.address)
    error_message = "address is floating or direct."
  }
}

variable "zone" {
  type        = string
  default     = ""
  description = "empty: the cloud's choice"
}

variable "login_user" {
  type        = string
  default     = "debian"
  description = "the image's own user; may use Docker on every node"
}

variable "config_drive" {
  type    = bool
  default = false
}

variable "dns" {
  type        = string
  default     = ""
  description = "resolvers of a network that is made, with blanks between; empty: the cloud's"
}

variable "cidr" {
  type        = string
  default     = "10.20.32.0/24"
  description = "addresses of a network that is made; the external network and what the servers reach may not overlap it"
  validation {
    condition     = can(cidrhost(var.cidr, 20))
    error_message = "cidr is an IPv4 range such as 10.20.32.0/24."
  }
}

variable "workers" {
  type    = number
  default = 2
  validation {
    condition     = var.workers >= 1 && var.workers <= 20
    error_message = "workers is a number from 1 to 20."
  }
}

variable "replicas" {
  type        = number
  default     = 3
  description = "of the page"
}

variable "overlay_pool" {
  type        = string
  default     = "172.30.0.0/16"
  description = "addresses for the swarm's own networks; no network that the servers reach may overlap it"
}

variable "patience" {
  type        = number
  default     = 600
  description = "seconds in which all nodes must have come together, each counting from when its own Docker is up"
  validation {
    condition     = var.patience >= 60 && var.patience <= 3600
    error_message = "patience is a number of seconds from 60 to 3600."
  }
}

variable "public_key" {
  type        = string
  description = "who may log in: a public key as OpenSSH writes it"
  validation {
    condition     = can(regex("^(sk-)?(ssh|ecdsa)-[^ ]+ [A-Za-z0-9+/]+=*( .*)?\\s*$", var.public_key))
    error_message = "public_key is what a file such as ~/.ssh/id_ed25519.pub holds; for an empty one Nova makes a private key, which the state would keep."
  }
}

variable "mark" {
  type        = object({ prefix = string, description = string, metadata = map(string) })
  description = "what tells everything that is made here from what others own; by hand it is none that a sweep of the harness takes"
  default = {
    prefix      = "interop-by-hand"
    description = "interop by hand"
    metadata    = { made = "by-hand" }
  }
}
