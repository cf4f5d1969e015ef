#!/bin/sh
# Takes the files of a medium into the service's folder on a site, each whole or not at all. What is there already is not copied
# again, so a run that was ended is gone on with. Runs on the site, from the medium.
#
# receive.sh HOME MEDIUM
set -eu
home=$1 medium=$2
. "$medium/bin/lock.sh"

fail() {
  echo "$1" >&2
  exit 1
}

full() {
  fail "refused: $home can't be written. Is the disk full, or the folder another user's? What was copied so far is used the next time."
}

# there FILE DIGEST: it is there, and whole.
there() {
  [ -f "$1" ] && printf '%s  %s\n' "$2" "$1" | sha256sum -c >/dev/null 2>&1
}

# take FILE DIGEST
take() {
  ! there "$1" "$2" || return 0
  mkdir -p "$(dirname "$1")" 2>/dev/null || full
  if ! cp "$medium/$1" "$1.part" 2>/dev/null; then
    rm -f "$1.part"
    full
  fi
  there "$1.part" "$2" || {
    rm -f "$1.part"
    fail "refused: $1 can't be read from the medium. Copy the medium again."
  }
  chmod 644 "$1.part" && mv "$1.part" "$1" || full
}

main() {
  mkdir -p "$home" 2>/dev/null || fail "refused: $home can't be made. Run this as an administrator."
  cd "$home"
  lock 600 || fail "refused: an activation is at work on this site. Wait until it has ended, and run this again."
  # Whoever may write here must not lead an administrator out of here.
  strange=$(find . ! -type d ! -type f ! -name '.claim.*' | head -n 1)
  [ -z "$strange" ] || fail "refused: $home/$strange is neither a file nor a folder. Remove it, and run this again."
  # What says which blobs are needed comes first, so that nothing is pruned while it comes.
  for part in images blobs bin releases; do
    grep -E "^[0-9a-f]{64}  $part/" "$medium/medium" | while read -r digest file; do take "$file" "$digest"; done || exit 1
  done
}

main; exit
