#!/bin/sh
# swap.sh SERVICE CONTAINER PORT SECONDS DRAIN_SECONDS, from the project's folder: see swap in components/host/swap.sh.
set -u
. probe/serving.sh
. components/host/swap.sh
swap "$@"
