#!/bin/sh
# shellcheck disable=SC2154,SC2119,SC2120 # set and called by what is sourced
#
# Proves that a backup can be used: checks its checksums, loads it into a scratch server, and compares what is in there
# with what was counted when it was made. Then it writes the time of that into the manifest.
#
#   verify.sh latest
#   verify.sh queue-20261127T070000Z
#
#   BACKUP_DIR LABEL REDIS_BIN   as for backup.sh
#   AGE_IDENTITY                 file with the identity, for an encrypted backup
#   SCRATCH_DIR                  where it is unpacked, BACKUP_DIR; it needs the size of the data
#   SCRATCH_TIMEOUT              seconds that all of it may take, 3600
#
# It asks no server that runs. Exit code: 0 usable, 1 not, 2 a setting is wrong, 3 there is none, 4 not decrypted.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/backup-files.sh"
# shellcheck source=/dev/null
. "$here/queue-counts.sh"
# shellcheck source=/dev/null
. "$here/scratch-server.sh"

work=

clean_up() {
  end_scratch
  [ -z "$work" ] || rm -rf "$work"
}

ask() {
  ask_scratch "$@"
}

# As a replica of nobody, so that keys whose time has run out are still there to be counted.
load() {
  start_scratch "$work" --dbfilename dump.rdb --appendonly no --replicaof '127.0.0.1 1'
}

compare() {
  meta_keys >"$work/queues"
  count_queues "$work/queues" >"$work/counts"
  compare_counts "$work/counts" >"$work/differences"
  keys=$(ask INFO keyspace | tr -d '\r' | awk -F '[=,]' '/^db0:/ { keys = $2 } END { print keys + 0 }')
  if [ "$keys" -lt "$(field counted/keys/least)" ] || [ "$keys" -gt "$(field counted/keys/most)" ]; then
    say "has $keys keys instead of $(field counted/keys/least) to $(field counted/keys/most)" >>"$work/differences"
  fi
}

# In place of the time that is there, whatever way the manifest is laid out.
mark_verified() {
  sed "s/\"verifiedAt\": *\(null\|[0-9][0-9]*\)/\"verifiedAt\": $(date +%s)000/" "$BACKUP_DIR/$name.json" >"$work/manifest"
  [ "$(flat_json <"$work/manifest" | grep -c '^verifiedAt	[0-9]')" = 1 ] ||
    die "$EXIT_FAILURE" "the manifest $name.json cannot be written: is the disk full?"
  cp "$work/manifest" "$BACKUP_DIR/.$name.json.part"
  to_disk "$BACKUP_DIR/.$name.json.part"
  mv "$BACKUP_DIR/.$name.json.part" "$BACKUP_DIR/$name.json"
  to_disk "$BACKUP_DIR"
}

[ $# -eq 1 ] || die "$EXIT_USAGE" "usage: verify.sh NAME | latest"
check_folder
need gzip sha256sum awk timeout
trap clean_up EXIT
trap 'exit 143' TERM INT
name=$(resolve_name "$1")
read_manifest "$name"
work=$(mktemp -d "${SCRATCH_DIR:-$BACKUP_DIR}/.verifying-XXXXXX")
work=$(cd "$work" && pwd)
say "verifying $name: $plain_bytes bytes of data"
unpack "$work/dump.rdb"
load
compare
if [ -s "$work/differences" ]; then
  cat "$work/differences" >&2
  damaged "what it holds is not what was counted when it was made"
fi
end_scratch
mark_verified
say "$name is usable: $keys keys, $(grep -c . "$work/counts" || true) queues, $(sum_of "$work/counts" 2 3 4 5 6 7 8 9) jobs"
