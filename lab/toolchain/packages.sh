#!/bin/sh
# Installs Debian packages without starting the services in them: packages.sh NAME…
# Without a name it only takes away what an installation that was killed has left behind.
set -eu

# Debian asks this file before a package starts or stops a service; 101 forbids it.
policy=/usr/sbin/policy-rc.d
kept=/usr/sbin/policy-rc.d.before-hms

put_back() {
  if [ -e "$kept" ]; then
    mv -f "$kept" "$policy"
  elif grep -qs hms-bootstrap "$policy"; then
    rm -f "$policy"
  fi
}
# One at a time on this machine, whoever's cache it is for: a second one would take the first one's file away. The lock
# is on the folder, so nothing is left of it.
exec 8<"${policy%/*}"
flock 8
trap put_back EXIT
trap 'exit 130' HUP INT TERM

put_back
[ $# -gt 0 ] || exit 0

[ ! -e "$policy" ] || cp -a "$policy" "$kept"
printf '#!/bin/sh\n# hms-bootstrap: while the packages of the lab are installed\nexit 101\n' >"$policy.new"
chmod 755 "$policy.new"
mv "$policy.new" "$policy"

export DEBIAN_FRONTEND=noninteractive
# What an earlier installation that was killed has left unfinished stands in the way of this one.
dpkg --configure -a
apt-get update
# Nothing of the user's is removed to make room, such as another docker.
apt-get install -y --no-remove --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
