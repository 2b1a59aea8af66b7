#!/bin/sh
# Backs a queue Redis up with nothing but its own tools, gzip, sha256sum and, when it encrypts, age.
#
#   backup.sh                 one backup, then rotation
#   backup.sh --every 900     one every 900 seconds, until SIGTERM
#
# It asks the server for a snapshot (redis-cli --rdb: the server forks and goes on), checks it, packs it, and writes
# `<label>-<time>.rdb.gz` and, last of all, the manifest `<label>-<time>.json` into BACKUP_DIR. What fails or is killed
# leaves the backups that are there as they were. `drover backup` reads what this writes, and the other way round.
#
#   BACKUP_DIR            folder of the backups, ./backups; it must be there
#   REDIS_HOST REDIS_PORT 127.0.0.1 6379
#   REDIS_USER            drover-backup when there is a password
#   REDIS_PASSWORD_FILE   file with its password, or REDISCLI_AUTH with the password itself
#   REDIS_TLS_CA          connects by TLS; file with the authority that signed the server's certificate
#   LABEL                 what names begin with, queue
#   AGE_RECIPIENT         age1…, several with spaces between: encrypts to them
#   KEEP_RECENT KEEP_DAILY KEEP_WEEKLY KEEP_MONTHLY   96 7 8 12; see rotation.sh
#   BACKUP_TIMEOUT        seconds that a snapshot may take, 3600
#   REDIS_BIN             folder of the tools of Redis, when they are not on PATH
#
# Exit code: 0 made, 1 failed, 2 a setting is wrong, 4 the server refused user or password, 5 it does not answer.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/backup-files.sh"
# shellcheck source=/dev/null
. "$here/queue-counts.sh"
# shellcheck source=/dev/null
. "$here/rotation.sh"

REDIS_HOST=${REDIS_HOST:-127.0.0.1}
REDIS_PORT=${REDIS_PORT:-6379}
BACKUP_TIMEOUT=${BACKUP_TIMEOUT:-3600}
MADE_BY='backup.sh 1'
ANSWER_TIMEOUT=60

every=
child=
claim=
work=

read_arguments() {
  case $#:${1:-} in
    0:) ;;
    2:--every) every=$2 ;;
    1:--help | 1:-h)
      sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0"
      exit 0
      ;;
    *) die "$EXIT_USAGE" "usage: backup.sh [--every SECONDS]" ;;
  esac
  case ${every:-1} in
    0* | *[!0-9]*) die "$EXIT_USAGE" "--every is \"$every\": give seconds, such as 900" ;;
  esac
}

# Whatever happens: nothing half-done stays, and what was started ends.
clean_up() {
  [ -z "$child" ] || kill "$child" 2>/dev/null || true
  [ -z "$claim" ] || rm -f "$claim"
  [ -z "$work" ] || rm -rf "$work"
}

stop() {
  trap '' TERM INT
  exit 143
}

# in_background COMMAND...: a signal ends it at once instead of after it. Its exit code.
in_background() {
  "$@" &
  child=$!
  code=0
  wait "$child" || code=$?
  child=
  return "$code"
}

connect() {
  cli=$(program redis-cli valkey-cli)
  need timeout gzip sha256sum awk df sync
  [ -z "${AGE_RECIPIENT:-}" ] || need age
  if [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
    REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE") ||
      die "$EXIT_USAGE" "REDIS_PASSWORD_FILE $REDIS_PASSWORD_FILE cannot be read: mend its path or its rights"
  fi
  # In the environment of redis-cli, where only this user may look.
  [ -z "${REDISCLI_AUTH:-}" ] || export REDISCLI_AUTH
  user=${REDIS_USER:-${REDISCLI_AUTH:+drover-backup}}
  info=$(ask INFO 2>&1) || true
  case $info in
    # First what redis-cli says when it goes on as the default user, then INFO, which counts the errors of others by name.
    *"AUTH failed"*) refused_login ;;
    *redis_version:*) ;;
    *WRONGPASS* | *NOAUTH* | *"invalid username-password"*) refused_login ;;
    *NOPERM*) die "$EXIT_ACCESS" "$(server_name) lets this user not read INFO: use the user drover-backup of the kit" ;;
    *) die "$EXIT_UNREACHABLE" "$(server_name) does not answer ($(printf '%s' "$info" | head -n 1)): start it, or mend REDIS_HOST and REDIS_PORT" ;;
  esac
}

refused_login() {
  die "$EXIT_ACCESS" "$(server_name) refuses user or password (${user:-default user}): mend REDIS_USER and REDIS_PASSWORD_FILE"
}

server_name() {
  printf 'Redis at %s:%s' "$REDIS_HOST" "$REDIS_PORT"
}

# redis-cli at this address; no secret among its arguments.
ask() (
  become_cli "$ANSWER_TIMEOUT" "$@"
)

# become_cli SECONDS ARGUMENTS...: the shell becomes the program, so that a signal to a job reaches it. It does not hold the
# lock of the folder, which would outlive a script that is killed.
become_cli() {
  seconds=$1
  shift
  set -- --no-auth-warning ${user:+--user "$user"} ${REDIS_TLS_CA:+--tls --cacert "$REDIS_TLS_CA"} "$@"
  exec timeout "$seconds" "$cli" -h "$REDIS_HOST" -p "$REDIS_PORT" "$@" 9<&-
}

receive() {
  become_cli "$BACKUP_TIMEOUT" --rdb "$work/dump.rdb"
}

info_field() {
  printf '%s\n' "$info" | tr -d '\r' | sed -n "s/^$1://p" | head -n 1
}

# A cache is no queue: jobs are evicted there, and a backup of it would promise what it cannot hold.
check_server() {
  [ "$(info_field loading)" != 1 ] ||
    die "$EXIT_UNREACHABLE" "$(server_name) is loading its data: try again when it is ready"
  policy=$(info_field maxmemory_policy)
  [ "$policy" = noeviction ] ||
    die "$EXIT_FAILURE" "$(server_name) evicts keys ($policy): a cache needs no backup; for a queue set maxmemory-policy noeviction"
}

# Both files are there at the same time. What they took last time tells best; else half of the memory for each.
check_space() {
  last=$(backup_names | tail -n 1)
  wanted=$(info_field used_memory_dataset)
  if [ -n "$last" ]; then
    last_bytes=$(flat_json <"$BACKUP_DIR/$last.json" | sed -n 's/^plain	bytes	\([0-9]*\)$/\1/p')
    wanted=$((${last_bytes:-0} * 2 + 1048576))
  fi
  need_space "$BACKUP_DIR" "${wanted:-0}" "a backup"
}

# Keys of the database of the queues; how many of them have a time to live, and so may be gone at any moment; changes up to now.
count_keys() {
  ask INFO | tr -d '\r' | awk -F '[=,:]' '
    /^db0:/ { keys = $3; expires = $5 }
    /^rdb_changes_since_last_save:/ { changes = $2 }
    END { print keys + 0, expires + 0, changes + 0 }'
}

# Changes between the two counts; a save of the server begins anew.
changes_between() {
  cat "$work/before-keys" "$work/after-keys" |
    awk 'NR == 1 { before = $3 } END { print ($3 < before ? $3 : $3 - before) }'
}

count_all() {
  count_queues "$work/queues" >"$work/$1" || return 1
  count_keys >"$work/$1-keys"
}

take_snapshot() {
  in_background receive >"$work/said" 2>&1 || {
    words=$(tail -n 1 "$work/said")
    die "$EXIT_FAILURE" "no snapshot from $(server_name) (${words:-it took longer than $BACKUP_TIMEOUT s}): look at its log and at the free space of both sides"
  }
  in_background check_rdb "$work/dump.rdb" || die "$EXIT_FAILURE" "the snapshot is damaged: try again"
  # NAME0010 of the first bytes: the version of the format.
  rdb_version=$(head -c 9 "$work/dump.rdb" | tr -d 'A-Za-z' | sed 's/^0*//')
}

pack_into() {
  exec gzip -c <"$work/dump.rdb" >"$1"
}

encrypt_into() {
  set -f
  # shellcheck disable=SC2086 # words
  set -- "$1" $AGE_RECIPIENT
  set +f
  to=$1
  shift
  for each; do
    shift
    set -- "$@" -r "$each"
  done
  exec age "$@" -o "$to" "$work/dump.rdb.gz"
}

pack() {
  stored_file=$name.rdb.gz
  encryption=none
  in_background pack_into "$work/dump.rdb.gz" ||
    die "$EXIT_FAILURE" "the backup cannot be written to $BACKUP_DIR: is the disk full?"
  if [ -n "${AGE_RECIPIENT:-}" ]; then
    stored_file=$name.rdb.gz.age
    encryption=age
    in_background encrypt_into "$work/dump.rdb.gz.age" ||
      die "$EXIT_FAILURE" "age cannot encrypt: AGE_RECIPIENT must hold public keys (age1…), and the disk must have room"
  fi
  packed=$work/${stored_file#"$name".}
  mv "$work/dump.${stored_file#"$name".}" "$packed"
}

number_range() {
  awk -v churn="$(churn_of "$work/before" "$work/after" "$1")" '
    { low = $1 - $2; if (NR == 1 || low < least) least = low; if ($1 > most) most = $1 }
    END { least -= 2 * churn; print (least < 0 ? 0 : least), most + 2 * churn }' \
    "$work/before-keys" "$work/after-keys"
}

write_manifest() {
  kind=redis
  version=$(info_field redis_version)
  if [ -n "$(info_field valkey_version)" ]; then
    kind=valkey
    version=$(info_field valkey_version)
  fi
  changes=$(changes_between)
  # shellcheck disable=SC2046 # two numbers
  set -- $(number_range "$changes")
  cat <<JSON
{
  "version": 1,
  "name": "$name",
  "label": "$LABEL",
  "madeAt": $made_at,
  "server": { "kind": "$kind", "version": "$version", "runId": "$(info_field run_id)" },
  "rdbVersion": $rdb_version,
  "stored": { "file": "$stored_file", "bytes": $(size_of "$packed"), "sha256": "$(sha256_of "$packed")" },
  "plain": { "bytes": $(size_of "$work/dump.rdb"), "sha256": "$(sha256_of "$work/dump.rdb")" },
  "encryption": "$encryption",
  "offset": null,
  "counted": {
    "isExact": false,
    "keys": { "least": $1, "most": $2 },
    "queues": {$(merge_counts "$work/before" "$work/after" "$changes")}
  },
  "verifiedAt": null,
  "madeBy": "$MADE_BY"
}
JSON
}

# The manifest comes last: before it there is no backup, and after it all of it is on the disk.
publish() {
  write_manifest >"$work/manifest" || die "$EXIT_FAILURE" "the manifest cannot be written to $BACKUP_DIR: is the disk full?"
  to_disk "$packed"
  to_disk "$work/manifest"
  mv "$packed" "$BACKUP_DIR/$stored_file"
  mv "$work/manifest" "$BACKUP_DIR/$name.json"
  to_disk "$BACKUP_DIR"
}

# Two of one second would have one name: each claims it, and whoever sees another file of that name gives way. `drover
# backup` does the same.
choose_name() {
  while :; do
    # shellcheck disable=SC2046 # two words of one moment
    set -- $(date -u '+%Y%m%dT%H%M%SZ %s')
    name=$LABEL-$1
    made_at=${2}000
    claim=$BACKUP_DIR/$name.claim-$(printf '%016x' $$)
    : >"$claim" || die "$EXIT_FAILURE" "cannot write to $BACKUP_DIR: mend its rights, or make room"
    set -- "$BACKUP_DIR/$name".*
    [ $# -gt 1 ] || break
    rm -f "$claim"
    sleep 1
  done
}

# What a killed backup has left; nobody else is at it, since the folder is locked.
remove_leftovers() {
  rm -rf "$BACKUP_DIR"/.making-*
  # Claims of the program have eight digits.
  rm -f "$BACKUP_DIR/$LABEL"-*.claim-????????????????
  find "$BACKUP_DIR" -maxdepth 1 -name "$LABEL-*.rdb.gz*" -mtime +0 | while read -r file; do
    base=${file##*/}
    [ -e "$BACKUP_DIR/${base%%.*}.json" ] || rm -f "$file"
  done
}

rotate_backups() {
  backup_names | while read -r each; do
    if grep -q '"verifiedAt": *[1-9]' "$BACKUP_DIR/$each.json"; then
      printf '%s 1\n' "$each"
    else
      printf '%s 0\n' "$each"
    fi
  done | rotate "$(date -u +%Y%m%dT%H%M%SZ)" | while read -r each; do
    # Without its manifest it is no backup any more, so that one goes first.
    rm -f "$BACKUP_DIR/$each.json"
    rm -f "$BACKUP_DIR/$each.rdb.gz" "$BACKUP_DIR/$each.rdb.gz.age"
    say "removed $each"
  done
}

make_backup() {
  check_folder
  check_rotation
  lock_folder "$BACKUP_DIR" 'another backup is being made'
  trap clean_up EXIT
  trap stop TERM INT
  remove_leftovers
  connect
  check_server
  check_space
  work=$(mktemp -d "$BACKUP_DIR/.making-XXXXXX") || die "$EXIT_FAILURE" "cannot write to $BACKUP_DIR: mend its rights, or make room"
  choose_name
  say "backing up $(server_name) as $name"
  meta_keys >"$work/queues" || die "$EXIT_ACCESS" "$(server_name) does not let this user list keys: it needs +scan"
  count_all before || die "$EXIT_ACCESS" "the jobs cannot be counted: the user needs +hget +llen +zcard, and better +get, on all keys"
  take_snapshot
  count_all after || die "$EXIT_FAILURE" "the jobs could not be counted once more: is $(server_name) still there?"
  pack
  publish
  say "made $name: $(size_of "$BACKUP_DIR/$stored_file") bytes, $(grep -c . "$work/after" || true) queues, encryption $encryption"
  rotate_backups
}

# Waits by the count of naps, not by the clock, which may jump.
nap() {
  left=$1
  while [ "$left" -gt 0 ]; do
    now=$((left < 30 ? left : 30))
    in_background sleep "$now" || true
    left=$((left - now))
  done
}

# After a restart the next one is due when it would have been.
wait_for_first() {
  last=$(backup_names | tail -n 1)
  [ -n "$last" ] || return 0
  last_at=$(flat_json <"$BACKUP_DIR/$last.json" | sed -n 's/^madeAt	\([0-9]*\)000$/\1/p')
  age_of_last=$(($(date +%s) - ${last_at:-0}))
  if [ "$age_of_last" -ge 0 ] && [ "$age_of_last" -lt "$every" ]; then
    say "the last backup is $age_of_last s old: the next one is due in $((every - age_of_last)) s"
    nap $((every - age_of_last))
  fi
}

# Each round is a process of its own: whatever happens to it, the next one comes.
repeat() {
  check_folder
  check_rotation
  trap 'trap "" TERM INT; [ -z "$child" ] || { kill "$child" 2>/dev/null; wait "$child" 2>/dev/null || true; } || true; exit 0' TERM INT
  wait_for_first
  while :; do
    in_background sh "$here/backup.sh" || say "no backup this time (exit code $code): trying again in $every s"
    nap "$every"
  done
}

read_arguments "$@"
if [ -n "$every" ]; then repeat; else make_backup; fi
