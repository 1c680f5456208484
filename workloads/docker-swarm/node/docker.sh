# Docker from the distribution's packages, and nothing of the servers' own for containers to read.

export DEBIAN_FRONTEND=noninteractive

has() { command -v "$1" > /dev/null; }
has_package() { dpkg-query --show --showformat '${db:Status-Status}' "$1" 2> /dev/null | grep -qx installed; }
complete() { has dockerd && has docker && has openssl && has iptables && has_package busybox-static; } # another busybox needs libraries
install_packages() { apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" > /dev/null; }
tools() { # what the lists could not be fetched for is told by what cannot be installed: an update that fetched nothing ends well
    apt-get -qq -o Acquire::Retries=3 update
    install_packages iptables openssl busybox-static
}

# Where the kernel has no nftables for IPv4, iptables has an older way.
choose_iptables() {
    iptables -t nat -n -L > /dev/null 2>&1 && return
    update-alternatives --set iptables /usr/sbin/iptables-legacy > /dev/null
    update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy > /dev/null
}

# Containers must not read this server's user-data; Docker keeps what stands in its chain DOCKER-USER.
keep_user_data() {
    mkdir -p /etc/systemd/system/docker.service.d
    cat > /etc/systemd/system/docker.service.d/user-data.conf << END
[Service]
ExecStartPre=/bin/sh $here/shut-metadata.sh
END
    systemctl daemon-reload
}

complete || within 120 tools
choose_iptables
keep_user_data
if has dockerd; then
    systemctl enable --quiet docker
    systemctl restart docker # an image's own may have begun before its containers were kept out
else
    within 120 install_packages docker.io
fi
has docker || within 120 install_packages docker-cli # a package of its own since Debian 13
say "packages installed"
usermod --append --groups docker "$LOGIN_USER"
within 120 docker version > /dev/null
say "Docker $(docker version --format '{{.Server.Version}}') is up"
