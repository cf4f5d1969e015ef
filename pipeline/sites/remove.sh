# Takes away what an enrolment has put on a site for one service; the account with the last one. Runs on the site, as root.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# remove FOLDER SERVICE ACCOUNT KEYS_FILE KEEP|PURGE DOCKER_HOST KEY_ID…
remove() {
  folder=$1 service=$2 account=$3 keys=$4 what=$5 docker_host=$6
  shift 6
  [ -z "$docker_host" ] || export DOCKER_HOST="$docker_host"
  shut "$keys" "$folder/.gate/$service/gate.sh"
  rm -rf "$folder/.gate/$service"
  if [ "$what" = purge ]; then
    purge "$folder" "$service"
  elif [ -d "$folder/$service" ]; then
    chown -hR root:root "$folder/$service"
  fi
  # Other services of this site go on, with their account and the keys that they trust.
  if [ -n "$(ls -A "$folder/.gate" 2>/dev/null)" ]; then
    echo "account=kept"
    return
  fi
  for key; do rm -f "$folder/.trusted/$key.pem"; done
  rm -rf "$folder/.gate" "$folder/.account"
  rmdir "$folder/.trusted" 2>/dev/null || true
  [ "$what" = keep ] || rmdir "$folder" 2>/dev/null || true
  if grep -q "^$account:" /etc/passwd; then
    userdel "$account" 2>&1 >/dev/null | grep . >&2 || true
    ! grep -q "^$account:" /etc/passwd || {
      echo "refused: userdel can't remove the account $account; its key is gone. Wait until nothing of it runs, and try again" >&2
      exit 1
    }
  fi
  echo "account=gone"
}

# shut FILE GATE: the key that the gate belongs to opens nothing any more.
shut() {
  [ -f "$1" ] || return 0
  grep -vF "command=\"sh $2\"" "$1" >"$1.new" || true
  if [ -s "$1.new" ]; then
    chmod 644 "$1.new"
    mv -f "$1.new" "$1"
  else
    rm -f "$1.new" "$1"
  fi
}

# purge FOLDER SERVICE: what runs, and its files.
purge() {
  containers=$(docker ps -aq --filter "label=hms.service=$2")
  [ -z "$containers" ] || docker rm -f $containers >/dev/null
  docker network rm "hms-$2" >/dev/null 2>&1 || true
  rm -rf "$1/$2"
}
