#!/bin/sh
# Ships images to a site: only the blobs that it does not have. Runs in the project's folder, where Pulumi runs.
#
# ship.sh USER@HOST:FOLDER SSH TRIES MANIFEST SIGNATURE IMAGE…
#   SSH        the ssh command that logs in
#   MANIFEST   SHA-256 of the release's manifest, which is among the trail's blobs
#   SIGNATURE  of the manifest, Base64
#   IMAGE      repository@sha256:…
# Prints `sent=BYTES total=BYTES`. Its last line on stderr begins with `unreachable:` or `refused:` when it fails.
set -eu
destination=$1 ssh=$2 tries=$3 manifest=$4 signature=$5
shift 5
layouts=.hms/layouts
mkdir -p "$layouts"

# Sites are shipped to side by side: one of them makes the layout, the others find it.
flock "$layouts/.lock" node components/site/make-layouts.js "$@"

files=$(mktemp)
answer=$(mktemp)
trap 'rm -f "$files" "$answer"' EXIT
for image in "$@"; do
  digest=${image##*@sha256:}
  folder=images/$(printf %.12s "$digest")
  printf '%s\n' "$folder/digests" "$folder/manifest.json" "$folder/id"
  sed 's/^[0-9a-f]*  //' "$layouts/$folder/digests"
done >"$files"
release=releases/$(printf %.12s "$manifest")
mkdir -p "$layouts/releases"
draft=$(mktemp -d "$layouts/releases/.XXXXXX")
cp "${HMS_TRAIL:-.hms/trail}/blobs/sha256/$manifest" "$draft/manifest"
printf '%s\n' "$signature" | openssl base64 -d -A >"$draft/signature"
chmod 755 "$draft"
# Another site may have put the same two files there meanwhile.
mv -T "$draft" "$layouts/$release" 2>/dev/null || rm -rf "$draft"
printf '%s\n' "$release/manifest" "$release/signature" >>"$files"
printf 'bin/%s\n' activate.sh deactivate.sh lock.sh serving.sh swap.sh >>"$files"

try=1
folder=${destination#*:}
until rsync -rt --partial-dir=.partial --timeout=60 --stats --no-human-readable --files-from="$files" \
  --rsync-path="mkdir -p '$folder' && rsync" -e "$ssh" "$layouts/" "$destination/" >"$answer" 2>&1; do
  last=$(grep -v '^rsync error' "$answer" | grep . | tail -n 1)
  if grep -qE 'Permission denied|Host key verification failed|REMOTE HOST IDENTIFICATION' "$answer"; then
    echo "refused: $last" >&2
    exit 1
  fi
  if ! grep -qE 'No route to host|Network is unreachable|Connection (refused|reset|closed|timed out)|connection unexpectedly closed|timed out|timeout in data|Could not resolve' "$answer"; then
    echo "refused: $last" >&2
    exit 1
  fi
  if [ "$try" -ge "$tries" ]; then
    why=$(grep -E 'ssh:|Connection|route|timed out|timeout' "$answer" | head -n 1)
    echo "unreachable: ${why:-$last} ($tries tries)" >&2
    exit 1
  fi
  sleep "$try"
  try=$((try + 1))
done
sed -n 's/^Total file size: \([0-9]*\) bytes.*/total=\1/p; s/^Total bytes sent: \([0-9]*\).*/sent=\1/p' "$answer"
