#!/bin/sh
# Activates a release on a site: checks what came, loads it, starts it beside the old one, and swaps.
# Runs on the site, in the service's folder, with nothing but sh, tar, sha256sum, openssl 3 and docker.
#
# activate.sh SERVICE RELEASE IMAGE IMAGE_ID PROXY_IMAGE PUBLISH PORT SECONDS
#   RELEASE                  name of a folder below releases/
#   IMAGE, PROXY_IMAGE       names of folders below images/
#   IMAGE_ID                 what the engine will call the image: sha256:…
#   PUBLISH                  ADDRESS:PORT that the service is published on
#   PORT                     the port that the service listens on
#   SECONDS                  how long to wait for health
set -eu
cd "$(dirname "$0")/.."
. bin/serving.sh
. bin/swap.sh

service=$1 release=$2 image=$3 image_id=$4 proxy_image=$5 publish=$6 port=$7 seconds=$8
proxy_image_id=$(cat "images/$proxy_image/id")
kept=3

# verify: the release's manifest is signed by a key that this site trusts, and is about this image of this service.
verify() {
  command -v openssl >/dev/null || fail "refused: this site has no openssl, which checks a release's signature. Install openssl 3."
  trusted=$(cd .. && pwd)/.trusted
  set -- "$trusted"/*.pem
  [ -e "$1" ] || fail "refused: this site trusts no key. Put the pipeline's public key into $trusted (\"npx hms keys show\" prints it)."
  for key in "$@"; do
    if openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "releases/$release/manifest" \
      -sigfile "releases/$release/signature" >/dev/null 2>&1; then
      for fact in "service $service" "id $image_id"; do
        grep -qxF "$fact" "releases/$release/manifest" || fail "refused: the signed release is not of $fact"
      done
      return
    fi
  done
  fail "refused: the release is not signed by a key that this site trusts ($trusted)"
}

# load IMAGE IMAGE_ID DIGESTS: into the docker engine, unless it has it. DIGESTS is what sha256sum reads.
load() {
  docker image inspect "$2" >/dev/null 2>&1 && return
  sha256sum -c --quiet "$3" >&2 || fail "refused: a blob of image $1 is not what its digest says"
  tar -cf - -C "images/$1" manifest.json -C "$PWD" $(sed 's/^[0-9a-f]*  //' "$3") |
    docker load >/dev/null || fail "refused: docker can't load image $1"
  docker image inspect "$2" >/dev/null 2>&1 || fail "refused: image $1 is not $2 once it is loaded"
}

# ensure_proxy: the container that owns the port; made anew only when its image or its port is another.
ensure_proxy() {
  wanted="$proxy_image_id $publish"
  name=$(proxy_of "$service")
  found=$(docker inspect -f '{{index .Config.Labels "hms.proxy"}}' "$name" 2>/dev/null || true)
  if [ "$found" = "$wanted" ]; then
    docker start "$name" >/dev/null
    return
  fi
  docker network inspect "hms-$service" >/dev/null 2>&1 || docker network create "hms-$service" >/dev/null
  docker rm -f "$name" >/dev/null 2>&1 || true
  docker run -d --name "$name" --network "hms-$service" --restart unless-stopped --publish "$publish:8080" \
    --label "hms.service=$service" --label hms.role=proxy --label "hms.proxy=$wanted" \
    --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 \
    --cap-drop ALL --security-opt no-new-privileges \
    "$proxy_image_id" caddy run --resume >/dev/null || fail "refused: docker can't start the proxy of $service on $publish"
}

# ensure_app: the release's container, there but not yet serving.
ensure_app() {
  docker inspect "$app" >/dev/null 2>&1 && return
  docker create --name "$app" --network "hms-$service" --restart unless-stopped \
    --label "hms.service=$service" --label hms.role=app --label "hms.image=$image" \
    --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 \
    --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
    "$image_id" >/dev/null || fail "refused: docker can't create $app"
}

# prune: all but the newest releases, and never what serves.
prune() {
  docker ps -a --filter "label=hms.service=$service" --filter label=hms.role=app --format '{{.Names}}' |
    tail -n "+$((kept + 1))" | while read -r old; do
    [ "$old" = "$app" ] && continue
    docker rm -f "$old" >/dev/null
    rm -rf "images/${old##*-}"
  done
  cat images/*/digests | sed 's/.*  //' | sort -u >.used
  for blob in blobs/sha256/*; do
    grep -qxF "$blob" .used || rm -f "$blob"
  done
  rm -f .used
  for old in releases/*; do
    [ "$old" = "releases/$release" ] || rm -rf "$old"
  done
}

verify
grep '  blobs/sha256/' "releases/$release/manifest" >"releases/$release/digests"
app="$service-$image"
load "$proxy_image" "$proxy_image_id" "images/$proxy_image/digests"
load "$image" "$image_id" "releases/$release/digests"
ensure_proxy
ensure_app
swap "$service" "$app" "$port" "$seconds"
prune
serving "$service"
