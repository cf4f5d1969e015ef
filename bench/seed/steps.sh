# The steps of the scripts beside this file. POSIX shell functions.

# until_answers URL EXPECTED: within a minute.
until_answers() {
  tries=0
  until curl -sf --max-time 2 "$1" 2>/dev/null | grep -qF "$2"; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || {
      echo "$1 does not answer $2" >&2
      return 1
    }
    sleep 0.1
  done
}

# compliance FOLDER: the service's own tests, and a look for social security numbers.
compliance() {
  (cd "$1" && npm test --silent >/dev/null)
  ! grep -rnE '[0-9]{3}-[0-9]{2}-[0-9]{4}' "$1" --include='*.js' --include='*.json' | grep -v '000-00-0000' || return 1
}

# build FOLDER COMMIT
build() {
  docker build --quiet --build-arg "BASE=$BASE" --tag "$IMAGE:$2" "$1" >/dev/null
  docker push --quiet "$IMAGE:$2" >/dev/null
  bundle_of "$2" "$1/bundle.zip"
}

# bundle_of COMMIT FILE
bundle_of() {
  git -C "$REPOSITORY" archive --format=zip --output "$2" "$1" formula.js rules
}

# cloud IMAGE EXPECTED
cloud() {
  kubectl --namespace seed set image deployment/flood-formula "flood-formula=$1" >/dev/null
  kubectl --namespace seed rollout status deployment/flood-formula --timeout 60s >/dev/null
  until_answers "$CLOUD_URL" "$2"
}

# on ADDRESS COMMAND…: on a site.
on() {
  address=$1
  shift
  # shellcheck disable=SC2029 # the words are ours
  ssh -i "$SSH_KEY" -o "UserKnownHostsFile=$KNOWN_HOSTS" -o BatchMode=yes "root@$address" "$@"
}

# ship IMAGE ADDRESS: sites have no way to a registry.
ship() {
  docker save "$1" | on "$2" docker load >/dev/null
}

# start IMAGE ADDRESS EXPECTED
start() {
  on "$2" "docker rm -f seed-flood-formula >/dev/null 2>&1; docker run -d --name seed-flood-formula -p 8081:8080 $1 >/dev/null"
  until_answers "http://$2:8081$QUESTION" "$3"
}

# upload FILE PARTNER
upload() {
  case $2 in
    ftp://*) curl -sS --netrc-file "$NETRC" -T "$1" "$2/seed-bundle.zip" ;;
    ftps://*) curl -sS --netrc-file "$NETRC" --ssl-reqd --cacert "$CA" -T "$1" "ftp://${2#ftps://}/seed-bundle.zip" ;;
    sftp://*)
      printf 'put %s /inbox/seed-bundle.zip\n' "$1" |
        sftp -q -b - -i "$SFTP_KEY" -o "UserKnownHostsFile=$KNOWN_HOSTS" "${2#sftp://}" >/dev/null
      ;;
  esac
}
