# Swaps the container that serves behind a service's proxy. POSIX shell functions, on top of serving.sh.

# fail SENTENCE: says why and ends.
fail() {
  echo "$1" >&2
  exit 1
}

# route SERVICE CONTAINER PORT: makes the proxy send requests to a container. No request is lost: the proxy reloads.
route() {
  printf '{"apps":{"http":{"servers":{"service":{"listen":[":8080"],"automatic_https":{"disable":true},"routes":[{"handle":[{"handler":"reverse_proxy","load_balancing":{"try_duration":"5s"},"upstreams":[{"dial":"%s:%s"}]}]}]}}}}}' \
    "$2" "$3" | docker exec -i "$(proxy_of "$1")" caddy reload --config - --address localhost:2019 >/dev/null 2>&1 ||
    fail "refused: the proxy of $1 did not take its new route"
}

# wait_healthy CONTAINER SECONDS: false when health does not come.
wait_healthy() {
  deadline=$(($(date +%s) + $2))
  until is_healthy "$1" 2>/dev/null; do
    [ "$(date +%s)" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# last_words CONTAINER: the end of its log, on one line.
last_words() {
  docker logs --tail 5 "$1" 2>&1 | tr '\n' ' ' | cut -c1-400
}

# swap SERVICE CONTAINER PORT SECONDS: starts a container beside the one that serves, waits for its health, gives it
# the traffic, and stops the others. Without health it is stopped, and the old one goes on.
swap() {
  before=$(upstream_of "$1")
  docker start "$2" >/dev/null || fail "refused: docker can't start $2"
  if ! wait_healthy "$2" "$4"; then
    words=$(last_words "$2")
    [ "$before" = "$2" ] || docker stop -t 5 "$2" >/dev/null
    fail "unhealthy: $2 did not become healthy in $4 s; ${before:-nothing} serves. Its last words: $words"
  fi
  [ "$before" = "$2" ] || route "$1" "$2" "$3"
  for other in $(docker ps --filter "label=hms.service=$1" --filter label=hms.role=app --format '{{.Names}}'); do
    [ "$other" = "$2" ] || docker stop -t 10 "$other" >/dev/null
  done
}
