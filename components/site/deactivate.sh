#!/bin/sh
# Takes a service off a site: its containers, its network, its folder. Runs on the site.
#
# deactivate.sh SERVICE
set -eu
containers=$(docker ps -aq --filter "label=hms.service=$1")
[ -z "$containers" ] || docker rm -f $containers >/dev/null
docker network rm "hms-$1" >/dev/null 2>&1 || true
cd "$(dirname "$0")/../.."
rm -rf "./$1"
