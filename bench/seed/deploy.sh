#!/bin/sh
# What the pipeline is measured against: the scripts that it took the place of, one step after the other, each waited for until
# the new release answers. Without a signature, a trail, a policy, or a way back.
#
# deploy.sh COMMIT EXPECTED-ANSWER; the rest comes from the environment that bench/seed-scripts.ts sets.
set -eu
commit=$1
expected=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/steps.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -C "$REPOSITORY" archive "$commit" | tar -x -C "$work"

compliance "$work"
build "$work" "$commit"
cloud "$IMAGE:$commit" "$expected"
for site in $SITES; do
  ship "$IMAGE:$commit" "$site"
  start "$IMAGE:$commit" "$site" "$expected"
done
for partner in $PARTNERS; do
  upload "$work/bundle.zip" "$partner"
done
