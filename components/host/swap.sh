# Swaps the container that serves behind a service's proxy. POSIX shell functions, on top of serving.sh.
#
# The proxy reads its route from a file at each request (docs/adr/0002), so to change the route is to rename a file: no
# connection is closed, neither one that is kept alive nor one with a request under way.

# What the proxy is told, written as Caddy saves it. What it keeps open to a container it closes after a second: shorter
# than any server does by itself, and soon enough to see when a container has no request left.
proxy_config='{"apps":{"http":{"servers":{"service":{"automatic_https":{"disable":true},"listen":[":8080"],"routes":[{"handle":[{"handler":"reverse_proxy","load_balancing":{"try_duration":"5s"},"transport":{"keep_alive":{"idle_timeout":"1s"},"protocol":"http"},"upstreams":[{"dial":"{file./data/caddy/hms/route}"}]}]}]}}}}}'

# How long a container is left to its requests where nobody can see how many it has: on a docker host elsewhere.
unseen_seconds=5

# fail SENTENCE: says why and ends.
fail() {
  echo "$1" >&2
  exit 1
}

# refuse WHAT SAID: ends with a sentence of what docker said.
refuse() {
  case $2 in
  *"no space left on device"* | *"No space left on device"*)
    fail "refused: the disk is full: $1. Free some space below $(docker info -f '{{.DockerRootDir}}' 2>/dev/null), and run it again."
    ;;
  *"Cannot connect to the Docker daemon"* | *"error during connect"* | *"connection refused"*)
    fail "refused: the docker engine does not answer: $1. Start it, and run it again."
    ;;
  esac
  # The engine's own words, or else the last ones: docker adds that a container could not be started.
  words=$(printf '%s\n' "$2" | sed -n 's/^.*Error response from daemon: //p' | head -n 1)
  [ -n "$words" ] || words=$(printf '%s\n' "$2" | grep . | tail -n 1) || :
  fail "refused: $1${words:+: $(printf %s "$words" | cut -c1-300)}"
}

# must WHAT COMMAND…: a command that has to succeed, or else docker WHAT.
must() {
  what=$1
  shift
  said=$("$@" 2>&1 >/dev/null) || refuse "$what" "$said"
}

# configure SERVICE: has the proxy send requests where its route says. One that does is left alone.
configure() {
  proxy=$(proxy_of "$1")
  saved=$(docker cp "$proxy:/config/caddy/autosave.json" - 2>/dev/null | tar -xOf - 2>/dev/null) || saved=
  [ "$saved" != "$proxy_config" ] || return 0
  # One that has just been started may not listen yet.
  for pause in 0.2 0.5 1 2 0; do
    ! printf %s "$proxy_config" | docker exec -i "$proxy" caddy reload --config - --address localhost:2019 >/dev/null 2>&1 ||
      return 0
    sleep "$pause"
  done
  fail "refused: the proxy of $1 did not take its settings"
}

# store SERVICE CONTAINER:PORT: puts a route where the proxy reads it; false when it is not there then. The proxy's own command
# writes under another name, and renames.
store() {
  draft=$(mktemp -d)
  mkdir "$draft/hms"
  printf %s "$2" >"$draft/hms/route"
  said=$(tar -cf - -C "$draft" hms/route | docker exec -i "$(proxy_of "$1")" \
    caddy storage import --config /config/caddy/autosave.json --input - 2>&1) || :
  rm -rf "$draft"
  [ "$(route_of "$1")" = "$2" ]
}

# route SERVICE CONTAINER:PORT: makes the proxy send requests there, from one request to the next. One that was never told
# anything takes its settings first; any other already has a route when it is told to read it.
route() {
  store "$1" "$2" || {
    configure "$1"
    store "$1" "$2" || refuse "the proxy of $1 did not take its new route" "$said"
  }
  configure "$1"
}

# wait_healthy CONTAINER SECONDS: false when health does not come, or does not stay for a second.
wait_healthy() {
  deadline=$(($(date +%s) + $2))
  seen=
  while :; do
    if is_healthy "$1" 2>/dev/null; then
      since=$(docker inspect -f '{{.State.StartedAt}}' "$1" 2>/dev/null) || since=
      if [ -n "$seen" ] && [ "$since" = "$seen" ]; then
        return 0
      fi
      seen=$since
      [ "$(date +%s)" -le "$((deadline + 1))" ] || return 1
      sleep 1
    else
      seen=
      [ "$(date +%s)" -lt "$deadline" ] || return 1
      sleep 0.2
    fi
  done
}

# open_requests CONTAINER PORT: how many connections it has from outside; false when that can't be seen from here.
open_requests() {
  is_running "$1" || {
    echo 0
    return
  }
  set -- "$2" $(docker inspect -f '{{.Id}} {{.State.Pid}}' "$1" 2>/dev/null)
  # The engine may be another machine's; then the number is of no process here, or of somebody else's.
  grep -q "${2:-none}" "/proc/${3:-0}/cgroup" 2>/dev/null && [ -r "/proc/$3/net/tcp" ] || return 1
  # Established ones (01) at that port, but for those of its own loopback: its health check's.
  cat "/proc/$3/net/tcp" "/proc/$3/net/tcp6" 2>/dev/null |
    grep -E "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:[0-9A-F]+ 01 " |
    grep -cvE "^ *[0-9]+: [0-9A-F:]+ ([0-9A-F]*0100007F|0{24}01000000):" || :
}

# drain CONTAINER PORT SECONDS: waits until it has no request from the proxy any more, as long as that at most.
drain() {
  # A request that was given the old route may not have got there yet.
  sleep 0.5
  deadline=$(($(date +%s) + $3))
  while open=$(open_requests "$1" "$2"); do
    [ "$open" -gt 0 ] && [ "$(date +%s)" -lt "$deadline" ] || return 0
    sleep 0.2
  done
  sleep "$unseen_seconds"
}

# last_words CONTAINER: the end of its log, on one line.
last_words() {
  docker logs --tail 5 "$1" 2>&1 | tr '\n' ' ' | cut -c1-400
}

# put_back SERVICE ROUTE CONTAINER PORT DRAIN_SECONDS: gives the traffic back to where it went before, and stops a container
# that is not well: when it has no request left, where it had the traffic.
put_back() {
  old=${2%:*}
  if [ "$old" = "$3" ] || ! docker start "$old" >/dev/null 2>&1; then
    # There is nothing better: it goes on as well as it can.
    [ "$old" = "$3" ] && serves=$old || serves=nothing
    [ "$old" = "$3" ] || docker stop -t 5 "$3" >/dev/null 2>&1 || :
    return 0
  fi
  serves=$old
  if [ "$(route_of "$1")" != "$2" ]; then
    route "$1" "$2"
    drain "$3" "$4" "$5"
  fi
  docker stop -t 5 "$3" >/dev/null 2>&1 || :
}

# swap SERVICE CONTAINER PORT SECONDS DRAIN_SECONDS: starts a container beside the one that serves, waits for its health,
# gives it the traffic, and stops the others when they have no request left. Without health it is stopped, and the old one
# goes on.
swap() {
  before=$(route_of "$1")
  if [ "${before%:*}" = "$2" ] && is_running "$2" && ! wait_healthy "$2" 5; then
    # It serves already, and is sick: a new start loses nothing.
    must "docker can't restart $2" docker restart -t 5 "$2"
  fi
  must "docker can't start $2" docker start "$2"
  # One that serves already is asked once, and given time only when it is not well.
  if ! { [ "${before%:*}" = "$2" ] && is_healthy "$2" 2>/dev/null; } && ! wait_healthy "$2" "$4"; then
    words=$(last_words "$2")
    put_back "$1" "$before" "$2" "$3" "$5"
    fail "unhealthy: $2 did not become healthy in $4 s; $serves serves. Its last words: $words"
  fi
  if [ "$before" = "$2:$3" ]; then
    configure "$1"
  else
    route "$1" "$2:$3"
    if [ -n "$before" ] && [ "${before%:*}" != "$2" ]; then
      # Whether it stays healthy is seen while the old one ends its requests.
      wait_healthy "$2" 10 &
      watch=$!
      drain "${before%:*}" "${before##*:}" "$5"
      # That may have taken longer, and it is asked once more.
      if ! wait "$watch" || ! { is_healthy "$2" 2>/dev/null || wait_healthy "$2" 10; }; then
        words=$(last_words "$2")
        put_back "$1" "$before" "$2" "$3" "$5"
        fail "unhealthy: $2 did not stay healthy once it had the traffic; $serves serves. Its last words: $words"
      fi
    fi
  fi
  # Also one that somebody else put there.
  [ -z "$before" ] || [ "${before%:*}" = "$2" ] || docker stop -t 10 "${before%:*}" >/dev/null 2>&1 || :
  for other in $(docker ps --filter "label=hms.service=$1" --filter label=hms.role=app --format '{{.Names}}'); do
    [ "$other" = "$2" ] || docker stop -t 10 "$other" >/dev/null
  done
}
