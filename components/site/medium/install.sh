#!/bin/sh
# Brings the release on this medium to the site: README.txt says how, in words. Needs sh, tar, sha256sum, openssl 3 and docker.
#
# install.sh [--site NAME] [--folder FOLDER] [--trust FINGERPRINT] [--receipt FOLDER]
#   NAME         the site that this machine is: answers what is otherwise asked the first time
#   FOLDER       the folder on the site that is the product's own, where it is another than the medium says
#   FINGERPRINT  of the key that the site is to trust from now on: SHA-256 of the public key, in hex
#   --receipt    where the receipt goes: this folder
#
# Exit codes: 0 it serves, and the receipt is written; 1 it does not, and the last line on stderr begins with `refused:` or
# `unhealthy:`; 2 wrong usage.
set -eu
LC_ALL=C
export LC_ALL
medium=$(cd "$(dirname "$0")" && pwd)

fail() {
  echo "$1" >&2
  exit 1
}

usage() {
  sed -n 's/^# \(install.sh .*\)/usage: sh \1/p' "$medium/install.sh" >&2
  exit 2
}

# fact NAME: what the medium says of itself.
fact() {
  sed -n "s/^$1 //p" "$medium/medium" | head -n 1
}

# digests: the files of the medium, as sha256sum reads them.
digests() {
  grep -E '^[0-9a-f]{64}  [A-Za-z0-9]' "$medium/medium"
}

# fingerprint_of KEY: of a public key in PEM.
fingerprint_of() {
  openssl pkey -pubin -in "$1" -outform DER 2>/dev/null | sha256sum | cut -c1-64
}

require_tools() {
  for tool in tar sha256sum openssl docker; do
    command -v "$tool" >/dev/null || fail "refused: this site has no $tool. Install it, and run this again."
  done
  [ -f "$medium/medium" ] && [ -f "$medium/medium.sig" ] ||
    fail "refused: $medium is no whole medium: medium or medium.sig is missing. Copy it again."
}

# trust FINGERPRINT: has the site trust a key that the medium brings, and that somebody has named.
trust() {
  wanted=$(printf %s "$1" | tr 'A-F' 'a-f' | tr -d ' :-')
  for key in "$medium"/trusted/*.pem; do
    [ "$(fingerprint_of "$key")" = "$wanted" ] || continue
    mkdir -p "$folder/.trusted" 2>/dev/null && cp "$key" "$folder/.trusted/.part" 2>/dev/null &&
      mv "$folder/.trusted/.part" "$folder/.trusted/$wanted.pem" ||
      fail "refused: $folder/.trusted can't be written. Run this as an administrator."
    return
  done
  fail "refused: this medium brings no key of the fingerprint $1. Ask those who run the pipeline for theirs."
}

# verify: the list of the medium is signed by a key that this site trusts. What it lists is checked after.
verify() {
  set -- "$folder"/.trusted/*.pem
  [ -e "$1" ] ||
    fail "refused: this site trusts no key ($folder/.trusted). Ask for the fingerprint of the pipeline's, and run this with --trust FINGERPRINT."
  for key in "$@"; do
    ! openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$medium/medium" -sigfile "$medium/medium.sig" >/dev/null 2>&1 ||
      return 0
  done
  fail "refused: this medium is not signed by a key that this site trusts ($folder/.trusted). Nothing was touched."
}

# whole: every file is there, and is what the signed list says.
whole() {
  bad=$(digests | (cd "$medium" && sha256sum -c 2>/dev/null) | sed -n 's/: FAILED.*$//p')
  [ -n "$bad" ] || return 0
  first=$(printf '%s\n' "$bad" | head -n 1)
  count=$(printf '%s\n' "$bad" | wc -l)
  what=damaged
  [ -e "$medium/$first" ] || what=missing
  fail "refused: $first is $what on this medium$([ "$count" -eq 1 ] || echo " (and $((count - 1)) more)"). Nothing was touched. Copy the medium again, or export it again."
}

# this_site: the name that this machine goes by: the one that it was enrolled or took a medium by.
this_site() {
  cat "$folder/.site/name" 2>/dev/null || sed -n 's/^site=//p' "$folder/.gate/$service/settings" 2>/dev/null || :
}

# right_site: the medium was made for this machine.
right_site() {
  here=$(this_site)
  if [ -z "$here" ] && [ -z "$given_site" ] && [ -t 0 ]; then
    printf 'This medium is for the site %s. Is this machine %s? yes or no: ' "$site" "$site" >&2
    read -r answer || answer=
    [ "$answer" = yes ] || fail "refused: this medium is for $site. Nothing was touched."
    given_site=$site
  fi
  here=${here:-$given_site}
  [ -n "$here" ] ||
    fail "refused: this machine does not know yet which site it is. If it is $site, run this with --site $site. Nothing was touched."
  [ "$here" = "$site" ] && [ "${given_site:-$site}" = "$site" ] ||
    fail "refused: this medium is for the site $site, and this is $(if [ "$here" = "$site" ]; then echo "$given_site"; else echo "$here"; fi). Nothing was touched."
}

# enough: what the release needs and this medium does not bring is on the site.
enough() {
  missing=
  for name in $image $proxy_image; do
    ! docker image inspect "$(cat "$medium/images/$name/id")" >/dev/null 2>&1 || continue
    while read -r digest blob; do
      [ -e "$medium/$blob" ] || printf '%s  %s\n' "$digest" "$home/$blob" | sha256sum -c >/dev/null 2>&1 ||
        missing="$missing ${digest%"${digest#????????????}"}"
    done <"$medium/images/$name/digests"
  done
  [ -n "$missing" ] || return 0
  set -- $missing
  since=$(while read -r kept; do sed -n 's/^tag //p' "$home/releases/$kept/manifest" 2>/dev/null; done 2>/dev/null <"$home/kept" | head -n 1) || :
  fail "refused: $# blobs are neither on this medium nor on this site ($1, …): it was made for a site that has release $(fact since). Nothing was touched. Have it made again: npx hms release export $tag --site $site --to FOLDER --since ${since:-none}"
}

# own FOLDER: what root made is its owner's, like all else in the folder: the next release may come by a line.
own() {
  [ "$(id -u)" = 0 ] || return 0
  ls -nd "$1" | {
    read -r _ _ uid gid _
    [ "$uid" = 0 ] || chown -R -P -h "$uid:$gid" "$1"
  }
}

main() {
  given_site='' folder='' receipt=$medium fingerprint=''
  while [ $# -gt 0 ]; do
    case $1 in
    --site | --folder | --trust | --receipt) [ $# -gt 1 ] || usage ;;
    *) usage ;;
    esac
    case $1 in
    --site) given_site=$2 ;;
    --folder) folder=$2 ;;
    --trust) fingerprint=$2 ;;
    --receipt) receipt=$2 ;;
    esac
    shift 2
  done
  require_tools
  service=$(fact service) site=$(fact site) tag=$(fact tag)
  folder=${folder:-$(fact folder)}
  home=$folder/$service
  [ -z "$fingerprint" ] || trust "$fingerprint"
  verify
  whole
  set -- $(fact activate)
  image=$3 proxy_image=$5
  right_site
  docker version >/dev/null 2>&1 || fail "refused: docker does not do what it is asked. Start it, or run this as somebody who may use it."
  enough

  echo "Taking in release $tag of $service for $site …" >&2
  sh "$medium/steps/receive.sh" "$home" "$medium" || exit 1
  own "$home"
  serving=$(sh "$medium/bin/activate.sh" -C "$home" "$@") || {
    own "$home"
    exit 1
  }
  own "$home"
  printf '%s\n' "$serving" | sh "$medium/steps/receipt.sh" "$folder" "$medium" "$receipt"
}

# One line, read before anything is done.
main "$@"; exit
