# The manager: begins the swarm, hands the join token to the workers until all are in, and starts the page.

close_door() {
    kill "$door" 2> /dev/null || true
    rm -f /run/swarm/secret
    docker swarm join-token --rotate --quiet worker > /dev/null
}
all_ready() { [ "$(docker node ls --format '{{.Status}}' | grep -cx Ready)" = "$NODES" ]; }
all_running() {
    [ "$(docker service ps page --filter desired-state=running --format '{{.CurrentState}}' | grep -c ^Running)" = "$REPLICAS" ]
}

docker swarm init --advertise-addr "$ADDRESS" --listen-addr "$ADDRESS:2377" --default-addr-pool "$OVERLAY_POOL" > /dev/null
docker swarm join-token --quiet worker | python3 $here/handover.py serve "$ADDRESS" "$HANDOVER" &
door=$!
trap close_door EXIT
say "swarm begun, waiting for its members"
within "$PATIENCE" all_ready
trap - EXIT
close_door
say "$NODES nodes are Ready"

# Docker takes VXLAN's 50 bytes off the MTU that it is told
device=$(ip -o -4 addr show to "$ADDRESS/32" | sed -n 's/^[0-9]*: *\([^ @]*\).*/\1/p')
mtu=$(cat "/sys/class/net/$device/mtu")
docker network create --driver overlay --opt com.docker.network.driver.mtu="$mtu" page > /dev/null
docker service create --quiet --detach --no-resolve-image --name page --network page \
    --replicas "$REPLICAS" --publish "published=$PAGE,target=8080" --env 'NODE={{.Node.Hostname}}' \
    --update-order start-first --update-delay 3s $image > /dev/null
within 120 all_running
say "$REPLICAS tasks of the page are running"
