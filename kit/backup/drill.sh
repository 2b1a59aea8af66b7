#!/bin/sh
# shellcheck disable=SC2154,SC2119,SC2120 # set and called by what is sourced
#
# The whole way back, in a scratch folder: verifies a backup, restores it, starts a server on what was restored, and counts.
#
#   drill.sh             the newest backup
#   drill.sh NAME
#
# It changes nothing but `verifiedAt` of the manifest, and asks no server that runs. Run it every week, so that the first
# restore is not the first one that matters. Settings are those of verify.sh. Exit code: 0 all went well, else as verify.sh
# and restore.sh.
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

# What a server of the kit finds there.
start_on_restored() {
  start_scratch "$work/data" --appendonly yes --appenddirname appendonlydir --appendfilename appendonly.aof
  meta_keys >"$work/queues"
  count_queues "$work/queues" >"$work/counts"
  compare_counts "$work/counts" >"$work/differences"
  queues=$(grep -c . "$work/counts" || true)
  paused=$(awk -F '\t' "$QUOTE"'{ print "HEXISTS " quote(($1 ~ /:/ ? $1 : "bull:" $1) ":meta") " paused" }' "$work/counts" |
    ask | grep -c '^1$' || true)
  [ ! -s "$work/differences" ] || {
    cat "$work/differences" >&2
    die "$EXIT_FAILURE" "after the restore it is not all there: do not count on this backup"
  }
  [ "$paused" = "$queues" ] || die "$EXIT_FAILURE" "after the restore $paused of $queues queues are paused"
}

[ $# -le 1 ] || die "$EXIT_USAGE" "usage: drill.sh [NAME]"
check_folder
need gzip sha256sum awk timeout stat
trap clean_up EXIT
trap 'exit 143' TERM INT
name=$(resolve_name "${1:-latest}")
began=$(date +%s)
"$here/verify.sh" "$name"
verified=$(date +%s)
work=$(mktemp -d "${SCRATCH_DIR:-$BACKUP_DIR}/.drilling-XXXXXX")
work=$(cd "$work" && pwd)
mkdir "$work/data"
"$here/restore.sh" "$name" "$work/data"
restored=$(date +%s)
read_manifest "$name"
start_on_restored
started=$(date +%s)
made_at=$(field madeAt)
say ''
say "Drill of $name"
say "  snapshot            $((began - ${made_at%???})) s old when the drill began: so much would have been lost"
say "  checked and loaded  in $((verified - began)) s"
say "  restored            in $((restored - verified)) s, all $queues queues paused"
say "  server started      in $((started - restored)) s, $(sum_of "$work/counts" 2 3 4 5 6 7 8 9) jobs, as counted"
say "  whole way back      $((started - verified)) s"
