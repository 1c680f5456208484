//go:build tools

// Package tools names what is built here: the OpenStack provider of Terraform, at the version and hashes of go.mod and go.sum.
package tools

import _ "github.com/terraform-provider-openstack/terraform-provider-openstack"
