# Lets a site take releases of one service: an account that can do nothing else, its gate, the keys that the site trusts.
# What is there is mended. Runs on the site, as root.
set -euf
umask 022
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

fail() {
  echo "refused: $1" >&2
  exit 1
}

# make_account ACCOUNT FOLDER DOCKER_HOST: no password is its own, and nothing in its home either. It may use docker by its
# group, unless it has an engine of its own.
make_account() {
  home=$2/.account
  if grep -q "^$1:" /etc/passwd; then
    usermod --password '*' --shell /bin/sh --home "$home" "$1" || fail "usermod can't mend the account $1"
  else
    useradd --system --user-group --password '*' --shell /bin/sh --home-dir "$home" --no-create-home \
      --comment "takes releases" "$1" || fail "useradd can't make the account $1"
  fi
  if [ -z "$3" ]; then
    usermod --append --groups docker "$1" || fail "usermod can't put $1 into the group docker"
  elif id -nG "$1" | tr ' ' '\n' | grep -qx docker; then
    gpasswd --delete "$1" docker >/dev/null || fail "gpasswd can't take $1 out of the group docker"
  fi
}

# make_folders ACCOUNT FOLDER SERVICE: all is root's, but for the folder of the service.
make_folders() {
  mkdir -p "$2/.account" "$2/.gate/$3/bin" "$2/.trusted" "$2/$3"
  chown root:root "$2" "$2/.account" "$2/.gate" "$2/.gate/$3" "$2/.gate/$3/bin" "$2/.trusted"
  chmod 755 "$2" "$2/.account" "$2/.gate" "$2/.gate/$3" "$2/.gate/$3/bin" "$2/.trusted"
  chown -hR "$1:$(id -gn "$1")" "$2/$3"
  chmod 750 "$2/$3"
}

# put FILE TEXT: a file of root's, whole at any time.
put() {
  printf '%s' "$2" >"$1.new"
  chown root:root "$1.new"
  chmod 644 "$1.new"
  mv -f "$1.new" "$1"
}

# drop FILE…: files that are not wanted any more.
drop() {
  rm -f "$@"
}

# let_in FILE GATE LINE: the one line of a gate in a file of public keys; the others stay.
let_in() {
  mkdir -p "$(dirname "$1")"
  others=$(grep -vF "command=\"sh $2\"" "$1" 2>/dev/null || true)
  put "$1" "${others:+$others
}$3
"
}

# try_gate ACCOUNT GATE: as the account, without ssh.
try_gate() {
  said=$(SSH_ORIGINAL_COMMAND="gate version" su -s /bin/sh -c "sh $2" "$1" 2>&1) ||
    fail "the account $1 can't use docker ($(printf '%s' "$said" | tail -n 1))"
  printf '%s\n' "$said"
}
