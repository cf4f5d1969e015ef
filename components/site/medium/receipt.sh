#!/bin/sh
# Writes what serves into a file that the site signs, by a key of its own: made the first time, and never leaves the site.
# Runs on the site, from the medium. What serves comes on stdin, as activate.sh prints it.
#
# receipt.sh FOLDER MEDIUM TO
#   FOLDER  the folder on the site that is the product's own
#   TO      the folder that the receipt goes to; if it can't be written, it stays with the site's copy
set -eu
folder=$1 medium=$2 to=$3
. "$medium/bin/lock.sh"
umask 077

fail() {
  echo "$1" >&2
  exit 1
}

fact() {
  sed -n "s/^$1 //p" "$medium/medium" | head -n 1
}

value() {
  printf '%s\n' "$serving" | sed -n "s/^$1=//p"
}

main() {
  serving=$(cat)
  mkdir -p "$folder/.site/receipts" 2>/dev/null && cd "$folder/.site" ||
    fail "refused: the release serves, but $folder/.site can't be written, so there is no receipt. Run this again as an administrator."
  lock 60 || fail "refused: the release serves, but another receipt is being written. Run this again."
  [ -s name ] || { fact site >name.part && mv name.part name; } || fail "refused: the release serves, but $folder/.site can't be written. Is the disk full?"
  if [ ! -s key.pem ]; then
    rm -f key.pem.part
    openssl genpkey -algorithm ed25519 -out key.pem.part 2>/dev/null && mv key.pem.part key.pem ||
      fail "refused: the release serves, but the site can't make its key. Is the disk full, or openssl older than 3?"
  fi
  count=$(($(cat count 2>/dev/null || echo 0) + 1))
  echo "$count" >count.part && mv count.part count || fail "refused: the release serves, but $folder/.site can't be written. Is the disk full?"

  public=$(openssl pkey -in key.pem -pubout -outform DER | openssl base64 -A)
  fingerprint=$(openssl pkey -in key.pem -pubout -outform DER | sha256sum | cut -c1-64)
  name=receipt-$(fact site)-$(fact tag).txt
  kept=receipts/$(fact service)-$(fact tag)-$count.txt
  {
    echo "hms-receipt 1"
    echo "target $(fact target)"
    echo "service $(fact service)"
    echo "tag $(fact tag)"
    echo "manifest $(fact manifest)"
    echo "medium $(sha256sum <"$medium/medium" | cut -c1-64)"
    echo "count $count"
    echo "said $(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo "container $(value container)"
    echo "image $(value image)"
    echo "health $(value health)"
    echo "since $(value since)"
    echo "key $public"
  } >said.part
  openssl pkeyutl -sign -inkey key.pem -rawin -in said.part -out signature.part ||
    fail "refused: the release serves, but openssl can't sign its receipt. Is it older than 3?"
  { cat said.part && echo "signature $(openssl base64 -A <signature.part)"; } >"$kept.part" && mv "$kept.part" "$kept" ||
    fail "refused: the release serves, but $folder/.site can't be written. Is the disk full?"
  rm -f said.part signature.part

  echo "$(fact site) serves $(fact tag) ($(value health), $(value container))."
  if { cat "$kept" >"$to/.$name.part" && mv "$to/.$name.part" "$to/$name"; } 2>/dev/null; then
    chmod 644 "$to/$name" 2>/dev/null || :
    echo "Its receipt is $to/$name: carry it back, and import it there:"
  else
    rm -f "$to/.$name.part" 2>/dev/null || :
    echo "$to can't be written: its receipt is $PWD/$kept. Carry it back, and import it there:"
  fi
  echo "  npx hms receipt import $name --site $(fact site)$(case $(fact target) in onprem/*) ;; *) t=$(fact target) && echo " --stack ${t%%/*}" ;; esac)"
  echo "The fingerprint of this site's key: $(echo "$fingerprint" | sed 's/..../& /g')"
}

main; exit
