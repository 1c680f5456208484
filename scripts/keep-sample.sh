#!/bin/bash
# Keep a run as the sample round that the README shows: its journals, the pictures of its pages for a replay, and every form of its report,
# without the engine's own files. A picture of more than 200 kB is left out.
# Usage: scripts/keep-sample.sh reports/RUN
set -euo pipefail

run=${1:?name a run\'s folder, such as reports/20260101T120000Z-0123abcd}
root=$(realpath "$(dirname "$0")/..")
sample=$root/reports/sample
if [ ! -f "$run"/journal.jsonl ] || [ "$(realpath "$run")" = "$sample" ]; then
    echo "$run: no run's folder, or the sample itself, which stays as it is" >&2
    exit 2
fi
rm -rf "$sample"
mkdir -p "$sample"
clean() { sed -i "s#$root/##g; s#$HOME/#~/#g" "$@"; } # no paths of the machine that made it
cp "$run"/journal.jsonl "$sample"
clean "$sample"/journal.jsonl
for cell in "$run"/cells/*/; do
    kept=$sample/cells/$(basename "$cell")
    mkdir -p "$kept"
    cp "$cell"/journal.jsonl "$cell"/cell.json "$kept"
    clean "$kept"/journal.jsonl "$kept"/cell.json
    find "$cell" -maxdepth 1 -name page.png -size -200k -exec cp {} "$kept" \;
done
interop report "$sample" --format markdown >/dev/null
ls "$sample"
