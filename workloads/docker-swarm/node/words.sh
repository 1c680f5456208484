# What the other scripts say things with.

began=$(date +%s)

say() {
    line="swarm: $(($(date +%s) - began)) s: $*"
    echo "$line"
    echo "$line" > /dev/console 2> /dev/null || true # for whoever cannot log in
}

# within SECONDS COMMAND...: again and again until it succeeds
within() {
    end=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt $end ] || { say "not within the time for it: $*"; return 1; }
        sleep 1
    done
}
