# One at a time in a service's folder on a site. POSIX shell functions. The lock ends with who holds it, however that ends.

# try_lock: takes the lock of the folder that one is in, if it is free.
try_lock() {
  if command -v flock >/dev/null; then
    # On the folder itself: no file that somebody else could own. A command that outlives its script keeps it, too.
    exec 9<.
    flock -n 9
  else
    claim
  fi
}

# identity PID: a process, in words that no other process ever has; nothing when it has ended.
identity() {
  started=$(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f1,20) || return 0
  case $started in
  "" | Z* | X*) ;;
  *) echo "$1-${started#* }-$(cat /proc/sys/kernel/random/boot_id)" ;;
  esac
}

# newest_claim: the number of the last one; 0 when there is none.
newest_claim() {
  newest=0
  for link in .claim.*; do
    [ -L "$link" ] && [ "${link#.claim.}" -gt "$newest" ] && newest=${link#.claim.}
  done
  echo "$newest"
}

# claim: the lock without flock. Claims are numbered links that say whose they are; who has the last one holds the lock while
# it lives. A link is made with what it says in one step, and the last one is never removed, so no number comes twice while
# somebody could take it for free.
claim() {
  last=$(newest_claim)
  if [ "$last" -gt 0 ]; then
    holder=$(readlink ".claim.$last") || return 1
    [ "$holder" = "$(identity "$$")" ] && return 0
    [ "$(identity "${holder%%-*}")" != "$holder" ] || return 1
  fi
  mine=$((last + 1))
  ln -s "$(identity "$$")" ".claim.$mine" 2>/dev/null || return 1
  [ "$(newest_claim)" = "$mine" ] || return 1
  for link in .claim.*; do
    [ "${link#.claim.}" -ge "$mine" ] || rm -f "$link"
  done
}

# lock SECONDS: waits for the lock that long at most; false then.
lock() {
  until_then=$(($(date +%s) + $1))
  until try_lock; do
    [ "$(date +%s)" -lt "$until_then" ] || return 1
    sleep 1
  done
}
