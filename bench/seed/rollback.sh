#!/bin/sh
# The bare commands that bring back an image which every place still has, all of them at once.
#
# rollback.sh COMMIT EXPECTED-ANSWER; the rest comes from the environment that bench/seed-scripts.ts sets.
set -eu
commit=$1
expected=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/steps.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle_of "$commit" "$work/bundle.zip"

pids=
cloud "$IMAGE:$commit" "$expected" &
pids="$pids $!"
for site in $SITES; do
  start "$IMAGE:$commit" "$site" "$expected" &
  pids="$pids $!"
done
for partner in $PARTNERS; do
  upload "$work/bundle.zip" "$partner" &
  pids="$pids $!"
done
for pid in $pids; do
  wait "$pid"
done
