#!/bin/sh
# Activates a release on a site: checks what came, loads it, starts it beside the old one, and swaps. docs/sites.md says what
# it keeps, and what its sentences mean. It needs nothing but a POSIX system with sha256sum, openssl 3 and docker.
#
# activate.sh [-C FOLDER] SERVICE RELEASE IMAGE IMAGE_ID PROXY_IMAGE PUBLISH PORT SECONDS [KEEP [DRAIN_SECONDS]]
#   FOLDER                   the service's folder on the site; without it, the one that the script's own folder lies in
#   RELEASE                  name of a folder below releases/
#   IMAGE, PROXY_IMAGE       names of folders below images/
#   IMAGE_ID                 what the engine will call the image: sha256:…
#   PUBLISH                  ADDRESS:PORT that the service is published on
#   PORT                     the port that the service listens on
#   SECONDS                  how long to wait for health
#   KEEP                     how many releases are kept, the one that serves among them: 3
#   DRAIN_SECONDS            how long the old container is left to requests that are under way: 30
# activate.sh [-C FOLDER] SERVICE RELEASE|TAG
#   by hand, with the settings of the last time: a release that is kept here, or that a medium brought
# activate.sh [-C FOLDER] SERVICE
#   lists the releases that are here
#
# Exit codes: 0 it serves, and what serves is printed as NAME=VALUE; 1 it does not, and the last line on stderr begins with
# `refused:` or `unhealthy:`; 2 wrong usage.
set -eu
bin=$(cd "$(dirname "$0")" && pwd)
. "$bin/serving.sh"
. "$bin/swap.sh"
. "$bin/lock.sh"

usage() {
  sed -n 's/^# \(activate.sh .*\)/usage: \1/p' "$bin/activate.sh" >&2
  exit 2
}

# A name becomes a part of paths and of docker's arguments: nothing but a plain one is taken.
plain() {
  case $1 in
  "" | -* | .* | *[!A-Za-z0-9._:-]*)
    echo "\"$1\" is no name" >&2
    usage
    ;;
  esac
}

# number TEXT LEAST
number() {
  case $1 in
  "" | *[!0-9]* | ??????*) ;;
  *) [ "$1" -lt "$2" ] || return 0 ;;
  esac
  echo "\"$1\" is no whole number from $2 on" >&2
  usage
}

# put FILE: writes what comes in; the file is the old one or the new one, never half of it.
put() {
  { cat >"$1.part" && mv "$1.part" "$1"; } 2>/dev/null ||
    fail "refused: $PWD/$1 can't be written. Is the disk full, or the folder another user's?"
}

# fact RELEASE NAME: what a release's manifest says.
fact() {
  sed -n "s/^$2 //p" "releases/$1/manifest" 2>/dev/null | head -n 1
}

# image_of RELEASE: the name of its image's folder and container.
image_of() {
  fact "$1" image | sed 's/^sha256:\(............\).*/\1/'
}

# list: the releases that are here.
list() {
  serves=$(upstream_of "$service")
  for release in $(cat kept 2>/dev/null) $(ls releases 2>/dev/null); do
    case " ${listed-} " in *" $release "*) continue ;; esac
    listed="${listed-} $release"
    [ -e "releases/$release/manifest" ] || continue
    state=shipped
    ! grep -qxF "$release" kept 2>/dev/null || state=kept
    case $serves in "$service-$(image_of "$release")"*) [ "$state" = shipped ] || state=serves ;; esac
    echo "$state release=$release tag=$(fact "$release" tag) commit=$(fact "$release" commit)"
  done
}

# by_hand RELEASE|TAG: sets what the other arguments would say.
by_hand() {
  release=$1
  if [ ! -e "releases/$release/manifest" ]; then
    release=$(cd releases 2>/dev/null && grep -lxF "tag $1" */manifest 2>/dev/null | sed -n '1s,/manifest$,,p') || :
    [ -n "$release" ] || fail "refused: there is no release $1 here. \"activate.sh $service\" lists those that are."
  fi
  image=$(image_of "$release") image_id=$(fact "$release" id)
  [ -e settings ] || fail "refused: nothing was activated here yet, so the settings must be given"
  { read -r proxy_image && read -r publish && read -r port && read -r seconds && read -r keep && read -r drain_seconds; } <settings ||
    fail "refused: $PWD/settings is not whole, so the settings must be given"
}

# verify: the release's manifest is signed by a key that this site trusts, and is about this image of this service.
verify() {
  command -v openssl >/dev/null || fail "refused: this site has no openssl, which checks a release's signature. Install openssl 3."
  trusted=$(cd .. && pwd)/.trusted
  set -- "$trusted"/*.pem
  [ -e "$1" ] || fail "refused: this site trusts no key. Put the pipeline's public key into $trusted (\"npx hms keys show\" prints it)."
  [ -e "releases/$release/manifest" ] || fail "refused: release $release is not here whole. Ship it again."
  for key in "$@"; do
    if openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "releases/$release/manifest" \
      -sigfile "releases/$release/signature" >/dev/null 2>&1; then
      for wanted in "service $service" "id $image_id"; do
        grep -qxF "$wanted" "releases/$release/manifest" || fail "refused: the signed release is not of $wanted"
      done
      [ "$(image_of "$release")" = "$image" ] || fail "refused: the signed release is not of image $image"
      return
    fi
  done
  fail "refused: the release is not signed by a key that this site trusts ($trusted)"
}

# blobs_in DIGESTS: the blobs that a list names; a line that leads elsewhere is none.
blobs_in() {
  sed -nE 's,^[0-9a-f]{64}  (blobs/sha256/[0-9a-f]{64})$,\1,p' "$1" 2>/dev/null || :
}

# check IMAGE DIGESTS: every blob is what its digest says. One that is not is removed: a transfer would take it for good.
check() {
  ! sha256sum -c "$2" >/dev/null 2>&1 || return 0
  for blob in $(blobs_in "$2"); do
    grep -F "  $blob" "$2" | sha256sum -c >/dev/null 2>&1 || rm -f "$blob"
  done
  fail "refused: a blob of image $1 is missing or is not what its digest says. What was wrong is removed: ship it again."
}

# layers_of CONFIG: an image's layers as its configuration names them, from the lowest on.
layers_of() {
  { tr -d ' \t\r\n' <"$1"; } 2>/dev/null | sed -n 's/.*"diff_ids":\[\([^]]*\)\].*/\1/p' | tr -d '"' | tr , ' '
}

# shared LAYERS LAYER…: how many of them are the first ones of the others, too.
shared() {
  wanted=$1 count=0
  shift
  for layer in $wanted; do
    [ "$layer" = "${1-}" ] || break
    count=$((count + 1))
    shift
  done
  echo "$count"
}

# engine_has CONFIG: how many of an image's layers, from the lowest on, the engine has as those of some other image.
engine_has() {
  layers=$(layers_of "$1")
  docker image inspect -f '{{range .RootFS.Layers}}{{.}} {{end}}' $(docker image ls -aq --no-trunc) 2>/dev/null |
    while read -r others; do shared "$layers" $others; done | sort -n | sed -n '$p'
}

# hand_over FILE…: gives docker the image that manifest.json is about.
hand_over() {
  tar -cf - manifest.json "$@" | docker load 2>&1
}

# load IMAGE IMAGE_ID DIGESTS: into the docker engine, unless it has it. DIGESTS is what sha256sum reads.
load() {
  docker image inspect "$2" >/dev/null 2>&1 && return
  check "$1" "$3"
  # What docker reads is made of what was checked, and not of what came along: a name in it could take another image's.
  blobs=$(blobs_in "$3")
  config=blobs/sha256/${2#sha256:}
  layers=$(printf '%s\n' "$blobs" | grep -vxF "$config") || :
  listed=$(printf '%s\n' "$layers" | sed -n 's/..*/"&"/p' | tr '\n' ',')
  printf '[{"Config":"%s","RepoTags":null,"Layers":[%s]}]\n' "$config" "${listed%,}" | put manifest.json
  # Layers that it has it takes by their names, so a change costs what the change is. Of containerd's store that is not true.
  has=$(engine_has "$config")
  if [ "${has:-0}" -gt 0 ]; then
    new=$(printf '%s\n' "$layers" | sed "1,${has}d" | sort -u)
    hand_over "$config" $new >/dev/null && docker image inspect "$2" >/dev/null 2>&1 && return
  fi
  said=$(hand_over $(printf '%s\n' "$blobs" | sort -u)) || refuse "docker can't load image $1" "$said"
  docker image inspect "$2" >/dev/null 2>&1 || fail "refused: image $1 is not $2 once it is loaded"
}

# ensure_network: the one that proxy and containers meet on.
ensure_network() {
  network=hms-$service
  network_id=$(docker network inspect -f '{{.Id}}' "$network" 2>/dev/null) && return
  must "docker can't make network $network" docker network create "$network"
  network_id=$(docker network inspect -f '{{.Id}}' "$network")
}

# is_made_of CONTAINER LABEL VALUE IMAGE_ID: whether it is what this script would make. One that has never run does not know
# its network's id yet.
is_made_of() {
  found=$(docker inspect -f "{{.Image}} {{index .Config.Labels \"$2\"}} {{with index .NetworkSettings.Networks \"$network\"}}in {{.NetworkID}}{{end}}" "$1" 2>/dev/null) ||
    return 1
  [ "$found" = "$4 $3 in $network_id" ] || [ "$found" = "$4 $3 in " ]
}

# ensure_proxy: the container that owns the port; made anew only when its image or its port is another. That is the one
# moment at which the port is nobody's: the new one is made ready before the old one is stopped.
ensure_proxy() {
  recipe="$proxy_image_id $publish"
  proxy=$(proxy_of "$service")
  next=$proxy-next
  # A run that was killed may have come as far as this.
  if is_running "$next"; then
    docker rm -f "$proxy" >/dev/null 2>&1 || :
    docker rename "$next" "$proxy"
  fi
  docker rm -f "$next" >/dev/null 2>&1 || :
  if is_made_of "$proxy" hms.proxy "$recipe" "$proxy_image_id" && docker start "$proxy" >/dev/null 2>&1; then
    return
  fi
  must "docker can't make the proxy of $service" docker create --name "$next" --network "$network" \
    --restart unless-stopped --publish "$publish:8080" \
    --label "hms.service=$service" --label hms.role=proxy --label "hms.proxy=$recipe" \
    --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 \
    --cap-drop ALL --security-opt no-new-privileges \
    "$proxy_image_id" caddy run --resume
  furnish "$next"
  # Once begun it is brought to an end, also when this script is killed.
  (
    trap '' HUP INT TERM
    docker stop -t 5 "$proxy" >/dev/null 2>&1 || :
    if said=$(docker start "$next" 2>&1 >/dev/null); then
      docker rm -f "$proxy" >/dev/null 2>&1 || :
      docker rename "$next" "$proxy"
    else
      docker rm -f "$next" >/dev/null 2>&1 || :
      docker start "$proxy" >/dev/null 2>&1 || :
      refuse "docker can't start the proxy of $service on $publish" "$said"
    fi
  ) &
  wait "$!" || exit 1
}

# furnish CONTAINER: gives a proxy that has not started yet its settings, and the route of the one before it.
furnish() {
  rm -rf .draft/proxy
  mkdir -p .draft/proxy/config/caddy .draft/proxy/data/caddy/hms
  printf %s "$proxy_config" >.draft/proxy/config/caddy/autosave.json
  old_route=$(route_of "$service")
  [ -z "$old_route" ] || printf %s "$old_route" >.draft/proxy/data/caddy/hms/route
  # Whoever the proxy runs as is to write there.
  chmod -R a+rwX .draft/proxy
  said=$(tar -cf - -C .draft/proxy config/caddy data/caddy | docker cp - "$1:/" 2>&1) ||
    refuse "docker can't furnish the proxy of $service" "$said"
}

# ensure_app: sets app to the release's container, which is there but may not serve yet. One of the same name that is of
# something else, because somebody put it there or because docker was stopped while it made it, is put out of the way; one
# that serves meanwhile goes on until the new one does.
ensure_app() {
  serves=$(upstream_of "$service")
  for app in "$serves" "$service-$image" "$service-$image-2"; do
    if [ -n "$app" ] && is_made_of "$app" hms.image "$image" "$image_id" && docker start "$app" >/dev/null 2>&1; then
      return
    fi
  done
  app=$service-$image
  if [ "$app" = "$serves" ] && is_running "$app"; then
    app=$app-2
  fi
  docker rm -f "$app" >/dev/null 2>&1 || :
  must "docker can't make $app" docker create --name "$app" --network "$network" --restart unless-stopped \
    --label "hms.service=$service" --label hms.role=app --label "hms.image=$image" \
    --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 \
    --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
    "$image_id"
}

# known: the releases that were kept so far, that which served last first. Should the list be lost, those that have containers.
known() {
  cat kept 2>/dev/null && return
  for old in $(ls -t releases); do
    ! docker inspect "$service-$(image_of "$old")" >/dev/null 2>&1 || echo "$old"
  done
}

# note_kept: this release is the newest of those that are kept. Releases of the same image count once.
note_kept() {
  {
    echo "$release"
    for old in $(known); do
      [ "$old" = "$release" ] || [ "$(image_of "$old")" = "$image" ] || echo "$old"
    done | sed "$((keep - 1))q"
  } | put kept
}

# strays FOLDER…: what lies there and was not touched for a week: the rest of transfers that nobody went on with.
strays() {
  find "$@" ! -name . -prune -ctime +6 2>/dev/null || :
}

# drop_image IMAGE: its containers, the engine's image, the blobs that no other has, and last its folder, so that a run that
# is killed in between is brought to an end by the next. An image that somebody else has given a name stays in the engine.
drop_image() {
  for old in $(docker ps -aq --filter "label=hms.service=$service" --filter "label=hms.image=$1"); do
    docker rm -f "$old" >/dev/null 2>&1 || :
  done
  old=$(cat "images/$1/id" 2>/dev/null) || old=
  if [ -n "$old" ] && [ "$(docker image inspect -f '{{len .RepoTags}}' "$old" 2>/dev/null)" = 0 ]; then
    docker rmi "$old" >/dev/null 2>&1 || :
  fi
  others=$(for folder in images/*; do [ "$folder" = "images/$1" ] || cat "$folder/digests" 2>/dev/null || :; done)
  for blob in $(blobs_in "images/$1/digests"); do
    case $others in *"$blob"*) ;; *) rm -f "$blob" ;; esac
  done
  rm -rf "images/$1"
}

# prune: what is kept is what `kept` says, and what is on its way here. What was activated once and is no longer kept goes.
prune() {
  kept_images="$proxy_image $(for each in $(cat kept); do image_of "$each"; done | tr '\n' ' ')"
  for folder in releases/*; do
    old=${folder#releases/}
    if grep -qxF "$old" kept || ! { [ -e "$folder/digests" ] || [ -n "$(strays "$folder")" ]; }; then
      continue
    fi
    old_image=$(image_of "$old")
    case " $kept_images " in *" $old_image "*) ;; *) [ -z "$old_image" ] || drop_image "$old_image" ;; esac
    rm -rf "$folder"
  done
  for folder in $(strays images/* | grep .); do
    case " $kept_images " in *" ${folder#images/} "*) ;; *) drop_image "${folder#images/}" ;; esac
  done
  # Those of releases whose folders are gone, and second ones that stood in for a first.
  docker ps -a --filter "label=hms.service=$service" --filter label=hms.role=app --format '{{.Names}} {{.Label "hms.image"}}' |
    while read -r old old_image; do
      case " $kept_images " in
      *" $old_image "*) [ "$old_image" != "$image" ] || [ "$old" = "$app" ] || docker rm -f "$old" >/dev/null ;;
      *) docker rm -f "$old" >/dev/null ;;
      esac
    done
  used=$(cat images/*/digests)
  for blob in $(find blobs -type f -ctime +6 2>/dev/null); do
    case $used in *"  $blob"*) ;; *) rm -f "$blob" ;; esac
  done
}

main() {
  if [ "${1-}" = -C ]; then
    cd "${2:?}"
    shift 2
  else
    cd "$bin/.."
  fi
  case $# in 1 | 2 | 8 | 9 | 10) ;; *) usage ;; esac
  service=$1
  for word in "$@"; do plain "$word"; done
  if [ $# = 1 ]; then
    list
    return
  fi
  if [ $# = 2 ]; then
    by_hand "$2"
  else
    release=$2 image=$3 image_id=$4 proxy_image=$5 publish=$6 port=$7 seconds=$8 keep=${9-3}
    drain_seconds=30
    [ $# -lt 10 ] || { shift 9 && drain_seconds=$1; }
  fi
  number "$port" 1 && number "$seconds" 1 && number "$keep" 2 && number "$drain_seconds" 0

  lock "$((seconds + 120))" ||
    fail "refused: another activation of $service is at work on this site. Wait until it has ended, and run it again."
  rm -rf .draft && mkdir .draft 2>/dev/null || fail "refused: $PWD can't be written. Is the disk full, or the folder another user's?"
  export TMPDIR="$PWD/.draft"

  verify
  must "docker does not do what it is asked" docker version
  grep '  blobs/sha256/' "releases/$release/manifest" | put "releases/$release/digests"
  proxy_image_id=$(cat "images/$proxy_image/id" 2>/dev/null) || fail "refused: image $proxy_image is not here whole. Ship it again."
  load "$proxy_image" "$proxy_image_id" "images/$proxy_image/digests"
  load "$image" "$image_id" "releases/$release/digests"
  ensure_network
  ensure_proxy
  ensure_app
  swap "$service" "$app" "$port" "$seconds" "$drain_seconds"
  printf '%s\n' "$proxy_image" "$publish" "$port" "$seconds" "$keep" "$drain_seconds" | put settings
  note_kept
  prune
  rm -rf .draft manifest.json
  serving "$service"
}

# One line, read before anything is done: whoever puts another script here meanwhile is in nobody's way.
main "$@"; exit
