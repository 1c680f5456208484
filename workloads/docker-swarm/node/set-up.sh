# Makes this server a node of the swarm. cloud-init runs it once, at the first boot.
set -eu
trap 'rm -f /run/swarm/secret' EXIT # whatever becomes of it
here=/usr/local/lib/swarm
. /run/swarm/settings
. $here/words.sh

. $here/docker.sh
. $here/page.sh
. "$here/$ROLE.sh"
