# Says in lines of NAME=VALUE what a site has of that which an enrolment needs. Changes nothing. Runs on the site, as root.

# check FOLDER ACCOUNT DOCKER_HOST
check() {
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
  [ -z "$3" ] || export DOCKER_HOST="$3"
  echo "user=$(id -u)"
  echo "time=$(date +%s)"
  for tool in tar sha256sum rsync docker openssl flock find grep sed su; do
    command -v "$tool" >/dev/null 2>&1 || echo "missing=$tool"
  done
  echo "openssl=$(openssl version 2>/dev/null | sed -n 's/^OpenSSL \([0-9.]*\).*/\1/p')"
  echo "docker=$(docker version --format '{{.Server.Version}}' 2>/dev/null)"
  check_room "$1"
  check_room "$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)"
  command -v useradd >/dev/null 2>&1 && echo "useradd=yes"
  grep -q '^docker:' /etc/group && echo "group=docker"
  grep "^$2:" /etc/passwd | cut -d: -f3,6 | sed 's/^/account=/'
  "$(command -v sshd || echo /usr/sbin/sshd)" -T -C "user=$2,host=hms,addr=127.0.0.1" 2>/dev/null |
    sed -n 's/^authorizedkeysfile /keys=/p'
  [ ! -L "$1" ] || echo "link=$1"
}

# check_room FOLDER: the free KB where it lies, or will lie.
check_room() {
  place=$1
  [ -n "$place" ] || return 0
  while [ ! -d "$place" ]; do place=$(dirname "$place"); done
  echo "room=$(df -Pk "$place" | sed -n '2s/  */ /gp' | cut -d' ' -f4) $place"
}
