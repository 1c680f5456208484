# A worker: fetches the join token from the manager, and joins.

within "$PATIENCE" python3 $here/handover.py join "$MANAGER" "$HANDOVER" "$ADDRESS"
rm -f /run/swarm/secret
say "joined the swarm"
