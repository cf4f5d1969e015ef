#!/bin/sh
# Makes a bare machine ready for one of this project's commands and runs it. It brings Node, the node modules and the
# Debian packages of the lab; lab/toolchain/main.ts brings the rest. Only what is missing is touched.
#
#   sh lab/toolchain/bootstrap.sh demo | lab | test | chaos | unit | bench [ARGS…]
set -eu

HMS_BEGAN=$(date +%s)
export HMS_BEGAN
node_version=24.21.0
cd -- "$(dirname -- "$0")/../.."
tools=$PWD/lab/toolchain
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hms
mkdir -p "$cache/logs" "$cache/locks"

say() {
  seconds=$(($(date +%s) - HMS_BEGAN))
  printf '[%02d:%02d] %s\n' $((seconds / 60)) $((seconds % 60)) "$1" >&2
}

die() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

# `require` of an ECMAScript module, which several libraries are, works from 22.12 on.
node_is_current() {
  command -v node >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) ? 0 : 1)'
}

# Official builds of Node, which npm carries as packages: so the registry in use, a mirror too, is all that is needed.
install_node() {
  case "$(uname -sm)" in
    "Linux x86_64") platform=linux-x64 integrity=sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q== ;;
    "Linux aarch64") platform=linux-arm64 integrity=sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g== ;;
    *) die "Node 22.12 or newer is needed, and there is none to fetch for $(uname -sm). Install it and put it first on PATH." ;;
  esac
  command -v npm >/dev/null || die "npm is missing. Install Node with npm (apt-get install npm), then run this again."
  say "node $node_version: fetching it, as $(node --version 2>/dev/null || echo 'no node') is on PATH"
  fresh=$(mktemp -d "$cache/.node-XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  npm pack "node-$platform@$node_version" --pack-destination "$fresh" --json >"$fresh/pack.json" 2>"$cache/logs/node.log" || {
    tail -n 5 "$cache/logs/node.log" >&2
    die "Node $node_version could not be fetched from npm. Install Node 22.12 or newer by hand, then run this again."
  }
  grep -qF "$integrity" "$fresh/pack.json" || die "npm's node-$platform@$node_version is not the file it should be. Check the registry that npm uses."
  tar -xzf "$fresh"/*.tgz -C "$fresh"
  mv -T "$fresh/package" "$cache/node-$node_version" 2>/dev/null || [ -x "$cache/node-$node_version/bin/node" ]
  rm -rf "$fresh"
  trap - EXIT
}

# What the arguments measure: nothing that needs packages, the guard, or something in the lab. bench/main.ts knows the benches.
benches() {
  [ "$1" = bench ] || return 0
  shift
  kind=
  names=0
  for name; do
    case $name in
      --*) continue ;;
      pii | trail) ;;
      guard) kind=${kind:-guard} ;;
      *) kind=lab ;;
    esac
    names=$((names + 1))
  done
  [ $names -gt 0 ] || kind=lab
  echo "$kind"
}

debian_packages() {
  if [ "$(benches "$@")" = "guard" ]; then
    echo wrk
    return
  fi
  echo docker.io docker-registry openssh-server rsync vsftpd skopeo busybox-static iptables iproute2 openssl util-linux procps
  case "$*" in
    test* | bench* | *--kubernetes*) echo etcd-server containerd containernetworking-plugins ;;
  esac
  case "$*" in
    bench*)
      echo wrk ansible-core curl
      command -v kubectl >/dev/null || echo kubernetes-client
      ;;
  esac
  case "$*" in
    # The guard's proxy, the status page's browser, and what the servers of ftp-servers.ts are linked with.
    test*) echo nginx-light chromium libhiredis0.14 libmemcached11 libmemcachedutil2 libpcre2-posix3 libsodium23 ;;
  esac
}

# The Debian packages that the command needs and the machine lacks.
missing_packages() {
  case "$*" in
    *--help* | *" -h"*) return ;;
    demo* | test* | chaos* | "lab up"*) ;;
    bench*) [ -n "$(benches "$@")" ] || return 0 ;;
    *) return ;;
  esac
  wanted=$(debian_packages "$@")
  command -v dpkg-query >/dev/null ||
    die "The lab needs Debian 12 and its packages; this machine has no dpkg. Run it there; \"npm run test:unit\" works here, too."
  # shellcheck disable=SC2086 # a list of names
  installed=$(dpkg-query -W -f '${db:Status-Status}:${Package} ' $wanted 2>/dev/null) || true
  for package in $wanted; do
    case " $installed" in
      *" installed:$package "*) ;;
      *) printf ' %s' "$package" ;;
    esac
  done
}

# Waits for a step in the background and shows that it is alive: watch TITLE LOG PID
watch() {
  ticks=0
  while kill -0 "$3" 2>/dev/null; do
    sleep 1
    ticks=$((ticks + 1))
    [ $((ticks % 15)) -ne 0 ] || say "$1 … $ticks s"
  done
  if wait "$3"; then
    say "$1: done"
  else
    say "$1: failed. All of it: $2"
    grep -E '^(npm error|E:|dpkg: error)' "$2" | head -n 6 >&2 || tail -n 6 "$2" >&2
    return 1
  fi
}

node_is_current || {
  PATH=$cache/node-$node_version/bin:$PATH
  export PATH
  node_is_current || install_node
}

# Whether an installation that was killed has left its file, and we may take it away.
left_behind() {
  grep -qs hms-bootstrap /usr/sbin/policy-rc.d && [ "$(id -u)" -eq 0 ]
}

packages=$(missing_packages "$@")
if [ -n "$packages" ] && [ "$(id -u)" -ne 0 ]; then
  die "The lab needs the Debian packages$packages, and only root may install them. Run this as root."
fi
if [ -n "$packages" ] || ! node "$tools/modules.js" || left_behind; then
  ! command -v flock >/dev/null || {
    exec 9>"$cache/locks/bootstrap"
    flock 9
  }
  packages=$(missing_packages "$@")
  npm_step='' apt_step='' failed=''
  # A shell's background steps don't hear Ctrl-C. npm can be cut off; dpkg would leave packages half configured.
  trap '[ -z "$npm_step" ] || kill "$npm_step"; [ -z "$apt_step" ] || say "Debian packages: finishing first"; wait; exit 130' INT TERM
  if ! node "$tools/modules.js"; then
    say "node modules: npm install"
    # What the lock file says, without a change to it. Not `npm ci`: that refuses a lock file that was written where the
    # registry lacks some optional package for another platform. No package here needs its install script.
    npm install --no-save --include=dev --ignore-scripts >"$cache/logs/npm.log" 2>&1 9>&- &
    npm_step=$!
  fi
  if [ -n "$packages" ] || left_behind; then
    [ -z "$packages" ] || say "Debian packages:$packages"
    # shellcheck disable=SC2086 # a list of names
    sh "$tools/packages.sh" $packages >"$cache/logs/apt.log" 2>&1 9>&- &
    apt_step=$!
  fi
  [ -z "$npm_step" ] || watch "node modules" "$cache/logs/npm.log" "$npm_step" || failed=" \"npm install\""
  [ -z "$apt_step" ] || watch "Debian packages" "$cache/logs/apt.log" "$apt_step" || failed="$failed \"apt-get install$packages\""
  trap - INT TERM
  exec 9>&-
  [ -z "$failed" ] || die "The reason is above. See that this works, then start again:$failed"
fi

exec node -r ./register.js lab/toolchain/main.ts "$@"
