# The page's image, from what this server has: a static busybox and one script. It comes from no registry and goes to none:
# its name points at a port where nobody listens, so that Docker finds out at once that there is nothing to pull.

image=localhost:1/page:1
root=$(mktemp -d)
mkdir -p "$root/bin" "$root/www"
cp "$(command -v busybox)" "$root/bin/busybox"
cp $here/page/serve "$root/serve"
head -c 1048576 /dev/zero > "$root/www/megabyte"
tar -C "$root" -c . | docker import --change 'ENTRYPOINT ["/bin/busybox", "sh", "/serve"]' - $image > /dev/null
rm -r "$root"
say "image of the page made"
