#!/bin/sh
# The only way in for the account that ships to this site: sshd runs it in place of whatever a client asks for, which is
# in SSH_ORIGINAL_COMMAND. It lets in five things for one service, and refuses all else with a sentence:
#
#   rsync --server …                        receives files into the service's folder, behind one of the openings below
#   sh FOLDER/SERVICE/bin/activate.sh …     activates what was received; HMS_DRIFT=N may stand before it
#   sh FOLDER/SERVICE/bin/deactivate.sh …   takes the service off
#   sh -s serving SERVICE                   says what serves; what comes on stdin is not read
#   gate version                            says that the gate is there, and finds docker
#
# It lies in FOLDER/.gate/SERVICE, beside its own copies of the scripts. Those run, never the ones that were received:
# root has put them there, and the account can't change them.
#   bin/        the scripts, each in one piece
#   openings    how a command line that asks for rsync may begin, each on a line: INTO, BEFORE, AFTER, with tabs. INTO is
#               what rsync then receives into; between BEFORE and AFTER stand digests and sizes, if there is an AFTER
#   shipped     what `sha256sum -c` reads: the scripts as a release of the same version brings them
#   settings    site='NAME' docker_host='URL, or nothing for what sshd says'
set -euf
LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 027

gate=${0%/*}
service=${gate##*/}
folder=${gate%/.gate/*}
home=$folder/$service
. "$gate/settings"
[ -z "$docker_host" ] || export DOCKER_HOST="$docker_host"

refuse() {
  echo "refused: $1" >&2
  exit 1
}

no_shell="this account takes releases of $service, and does nothing else"

# locked -s|-x: files come while nothing is activated, and the other way round. The lock ends with what holds it.
locked() {
  exec 8<"$gate/settings"
  flock "$1" -w 120 8 || refuse "another transfer to $service still goes on. Try again when it is over"
}

# plain: nothing in the service's folder leads out of it.
plain() {
  strange=$(find "$home" ! -type d ! -type f | head -n 1)
  [ -z "$strange" ] || refuse "$strange is neither a file nor a folder. An administrator of this site must remove it"
}

# opened: whether what is asked for begins as it may when rsync receives; then sets opening, arguments and into.
opened() {
  tab=$(printf '\t')
  while IFS=$tab read -r into before after; do
    arguments=${asked#"$before"}
    [ "$arguments" != "$asked" ] || continue
    opening=$before
    if [ -n "$after" ]; then
      blobs=${arguments%%"$after"*}
      [ "$blobs" != "$arguments" ] || continue
      case $blobs in *[!0-9a-f=\ ]*) continue ;; esac
      arguments=${arguments#*"$after"}
      opening=$before$blobs$after
    fi
    case $arguments in " --server "*) return ;; esac
  done <"$gate/openings"
  return 1
}

# receive ARGUMENTS: rsync's own, from --server on. Only what writes into the service's folder, and no links or devices.
receive() {
  last=
  for last; do :; done
  [ "$last" = "$into" ] || refuse "$no_shell (rsync into $last)"
  shift
  given=" --server"
  while [ $# -gt 2 ]; do
    case $1 in
    --partial-dir)
      shift
      [ "$1" = .partial ] || refuse "$no_shell (rsync --partial-dir $1)"
      given="$given --partial-dir=.partial"
      ;;
    --partial-dir=.partial | --stats | --partial | --inplace | --append | --append-verify | --ignore-existing | --size-only | --no-implied-dirs)
      given="$given $1"
      ;;
    --timeout=* | --bwlimit=*)
      case ${1#*=} in "" | *[!0-9.]*) refuse "$no_shell (rsync $1)" ;; esac
      given="$given $1"
      ;;
    -[!-]*)
      # What stands behind "e." are abilities, not options.
      letters=${1#-}
      case ${letters%%e.*} in *[!trcvzWORIu]*) refuse "$no_shell (rsync $1)" ;; esac
      given="$given $1"
      ;;
    *) refuse "$no_shell (rsync $1)" ;;
    esac
    shift
  done
  [ $# -eq 2 ] && [ "$1" = . ] || refuse "$no_shell (rsync)"
  locked -s
  plain
  # Our own words, and those that were looked at one by one.
  exec sh -c "$opening$given . $into"
}

# formed FILE PATTERN: where there is the file, each of its lines is of this form.
formed() {
  [ ! -e "$1" ] || ! grep -qvxE -e "$2" "$1" || refuse "$1 is not what a release brings"
}

# sound: what the scripts read, and no signature covers, is of the form in which it was written.
sound() {
  hex='[0-9a-f]{64}' blob='"blobs/sha256/[0-9a-f]{64}"'
  set +f
  for image in "$home"/images/*; do
    formed "$image/id" "sha256:$hex"
    [ ! -e "$image/id" ] || [ "$(wc -l <"$image/id")" -eq 1 ] || refuse "$image/id is not what a release brings"
    formed "$image/digests" "$hex  blobs/sha256/$hex"
    formed "$image/manifest.json" "\[\{\"Config\":$blob,\"RepoTags\":null,\"Layers\":\[($blob,)*$blob\]\}\]"
  done
  set -f
}

# run SCRIPT ARGUMENTS: our own copy, in the place of the one that was received: it finds its folder by its name.
run() {
  hms_script=$gate/bin/$1 name=$home/bin/$1
  export hms_script
  shift
  exec sh -c '. "$hms_script"' "$name" "$@"
}

activate() {
  [ "${1-}" = "$service" ] && [ $# -ge 8 ] || refuse "$no_shell (activate $*)"
  for word; do
    case $word in [!A-Za-z0-9]* | *[!A-Za-z0-9.:_=,-]*) refuse "$no_shell (activate $word)" ;; esac
  done
  locked -x
  plain
  (cd "$home" && sha256sum -c --status "$gate/shipped" 2>/dev/null) ||
    refuse "the scripts that came with the release are not those of this site's gate. Run \"npx hms site enroll $site --update\""
  sound
  run activate.sh "$@"
}

# words TEXT: there is nothing in it that a shell would take for more than words and spaces.
words() {
  case $1 in
  *[!A-Za-z0-9_@%+=:,./\ -]*) refuse "$no_shell (what was asked for has characters that none of that needs)" ;;
  esac
}

asked=${SSH_ORIGINAL_COMMAND-}
[ -n "$asked" ] || refuse "$no_shell: it has no shell"
if opened; then
  words "$arguments"
  set -- $arguments
  receive "$@"
fi
words "$asked"
set -- $asked
# A number that has an activation run again, and that nobody reads.
case ${1-} in
HMS_DRIFT=*[!0-9]*) ;;
HMS_DRIFT=?*) shift ;;
esac
case "${1-} ${2-}" in
"sh $home/bin/activate.sh")
  shift 2
  activate "$@"
  ;;
"sh $home/bin/deactivate.sh")
  [ "$*" = "$1 $2 $service" ] || refuse "$no_shell (deactivate ${3-})"
  locked -x
  plain
  # The folder itself lies in one of root's: it stays, empty.
  (run deactivate.sh "$service") 2>&1 | grep -v "cannot remove './$service': Permission denied" >&2 || :
  [ ! -d "$home" ] || [ -z "$(ls -A "$home")" ] || refuse "not all of $home can be removed"
  ;;
"sh -s")
  [ "$*" = "sh -s serving $service" ] || refuse "$no_shell (sh -s ${3-} ${4-})"
  # So that a log-in that hangs is told from a docker that does.
  echo "hms ready" >&2
  . "$gate/bin/serving.sh"
  serving "$service"
  ;;
"gate version")
  echo "gate of $service"
  docker version --format 'docker {{.Server.Version}}'
  ;;
*) refuse "$no_shell (${1-})" ;;
esac
