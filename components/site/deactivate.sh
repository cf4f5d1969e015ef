#!/bin/sh
# Takes a service off a site: its containers, its network, its images, its folder. Runs on the site.
#
# deactivate.sh [-C FOLDER] SERVICE
set -eu
bin=$(cd "$(dirname "$0")" && pwd)
. "$bin/lock.sh"

main() {
  if [ "${1-}" = -C ]; then
    cd "${2:?}"
    shift 2
  else
    cd "$bin/.."
  fi
  case $1 in "" | .* | */*) echo "usage: deactivate.sh [-C FOLDER] SERVICE" >&2 && exit 2 ;; esac
  lock 600 || {
    echo "refused: an activation of $1 is at work on this site. Wait until it has ended, and run it again." >&2
    exit 1
  }
  containers=$(docker ps -aq --filter "label=hms.service=$1")
  [ -z "$containers" ] || docker rm -f $containers >/dev/null
  docker network rm "hms-$1" >/dev/null 2>&1 || true
  # Images that nobody else has named, nor runs.
  for image in $(cat images/*/id 2>/dev/null); do
    [ "$(docker image inspect -f '{{len .RepoTags}}' "$image" 2>/dev/null)" != 0 ] || docker rmi "$image" >/dev/null 2>&1 || true
  done
  cd ..
  rm -rf "./$1"
}

main "$@"; exit
