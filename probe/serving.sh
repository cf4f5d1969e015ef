# What a docker engine serves for a service. POSIX shell functions: nothing is needed but docker and tar.
# Where docker is another one than the machine's own, DOCKER_HOST says so.

# proxy_of SERVICE: the name of the container that owns the service's port.
proxy_of() {
  echo "$1-proxy"
}

# route_of SERVICE: where its proxy sends requests, as CONTAINER:PORT; nothing when it has no route.
route_of() {
  docker cp "$(proxy_of "$1"):/data/caddy/hms/route" - 2>/dev/null | tar -xOf - 2>/dev/null || :
}

# upstream_of SERVICE: the name of the container that the proxy sends requests to; nothing when there is none.
upstream_of() {
  route_of "$1" | sed 's/:[0-9]*$//'
}

# is_running CONTAINER
is_running() {
  [ "$(docker inspect -f '{{.State.Running}}' "$1" 2>/dev/null)" = true ]
}

# within SECONDS COMMAND…: a command that is given up when it takes longer, where the machine can do so.
within() {
  if command -v timeout >/dev/null; then
    timeout "$@"
  else
    shift
    "$@"
  fi
}

# is_healthy CONTAINER: asks it by the health check of its own image, now.
is_healthy() {
  checked=$1
  set --
  while IFS= read -r word; do
    set -- "$@" "$word"
  done <<WORDS
$(docker inspect -f '{{with .Config.Healthcheck}}{{range .Test}}{{println .}}{{end}}{{end}}' "$checked" 2>/dev/null | sed '/^$/d')
WORDS
  case ${1-} in
  CMD)
    shift
    within 30 docker exec "$checked" "$@" >/dev/null 2>&1
    ;;
  CMD-SHELL)
    within 30 docker exec "$checked" /bin/sh -c "$2" >/dev/null 2>&1
    ;;
  *)
    echo "image has no HEALTHCHECK" >&2
    return 1
    ;;
  esac
}

# serving SERVICE: says in lines of NAME=VALUE what serves, read back from the engine. Nothing when nothing does: without
# its proxy a container serves nobody.
serving() {
  is_running "$(proxy_of "$1")" || return 0
  container=$(upstream_of "$1")
  [ -n "$container" ] || return 0
  docker inspect -f 'container={{.Name}}
image={{.Image}}
since={{.State.StartedAt}}
running={{.State.Running}}
made={{index .Config.Labels "hms.service"}}/{{index .Config.Labels "hms.role"}}' "$container" 2>/dev/null | sed 's,^container=/,container=,' || return 0
  if is_healthy "$container" 2>/dev/null; then echo health=healthy; else echo health=unhealthy; fi
}
