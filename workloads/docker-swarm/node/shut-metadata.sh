# Before Docker starts, each time: nothing that is forwarded, which is what containers send, reaches the metadata service.
iptables --wait -N DOCKER-USER 2> /dev/null
iptables --wait -C DOCKER-USER -d 169.254.169.254 -j DROP 2> /dev/null ||
    iptables --wait -I DOCKER-USER -d 169.254.169.254 -j DROP
