#!/bin/sh
# shellcheck disable=SC2154,SC2119,SC2120 # set and called by what is sourced
#
# Puts a backup into the data folder of a stopped server, so that the server has it when it starts.
#
#   restore.sh latest DATA_DIR
#   restore.sh queue-20261127T070000Z DATA_DIR --force
#
# A server with an append-only file does not read dump.rdb: beside one it starts empty. So the backup becomes the base of an
# append-only file. A scratch server loads just that, everything is compared with what was counted, all queues are paused
# and their counters of ids raised, since jobs added after the backup may have used the next ids. Last of all one rename of
# the append-only file's manifest makes it the data of the folder: killed before, it has changed nothing.
#
# Data that is there is refused without --force, and kept in before-restore-… with it. A server that runs on the folder is
# always refused; it is seen when this runs on the same machine as the same user or root, not from another container.
#
#   BACKUP_DIR LABEL REDIS_BIN AGE_IDENTITY SCRATCH_TIMEOUT   as for verify.sh
#   RAISE_IDS_BY    what is added to each counter of ids; 1000000 and 10000 for each second since the snapshot
#
# What needs Drover itself (`drover restore`, `drover backup rewind`): data folders with other names than Redis's own, a
# point in time, backups in S3. Exit code: 0 done, 1 refused or failed and nothing changed, 2 a setting is wrong, 3 there
# is no such backup, 4 not decrypted.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/backup-files.sh"
# shellcheck source=/dev/null
. "$here/queue-counts.sh"
# shellcheck source=/dev/null
. "$here/scratch-server.sh"

RAISE_IDS_BY=${RAISE_IDS_BY:-}
AOF=appendonly.aof
work=
data_dir=
wanted_name=
force=

clean_up() {
  end_scratch
  [ -z "$work" ] || rm -rf "$work"
}

ask() {
  ask_scratch "$@"
}

read_arguments() {
  for each; do
    case $each in
      --force) force=1 ;;
      -*) die "$EXIT_USAGE" "there is no option $each; usage: restore.sh NAME|latest DATA_DIR [--force]" ;;
      *)
        if [ -z "$wanted_name" ]; then wanted_name=$each
        elif [ -z "$data_dir" ]; then data_dir=$each
        else die "$EXIT_USAGE" "usage: restore.sh NAME|latest DATA_DIR [--force]"
        fi
        ;;
    esac
  done
  [ -n "$data_dir" ] || die "$EXIT_USAGE" "usage: restore.sh NAME|latest DATA_DIR [--force]"
  case $RAISE_IDS_BY in
    *[!0-9]*) die "$EXIT_USAGE" "RAISE_IDS_BY is a number, not \"$RAISE_IDS_BY\"" ;;
  esac
}

refuse() {
  die "$EXIT_FAILURE" "$*. Nothing was changed"
}

check_data_dir() {
  [ -d "$data_dir" ] || refuse "$data_dir is no folder: make it, as the user of the server"
  data_dir=$(cd "$data_dir" && pwd -P)
  owner=$(stat -c %u:%g "$data_dir")
  if [ "$(id -u)" != 0 ] && [ "$(id -u)" != "${owner%:*}" ]; then
    refuse "$data_dir belongs to user ${owner%:*}, whose server could not read what user $(id -u) writes: run this as that user or as root"
  fi
  [ -w "$data_dir" ] || refuse "$data_dir cannot be written: mend its rights"
  check_idle
  if [ -e "$data_dir/.restoring" ]; then
    refuse "\`drover restore\` was at work in $data_dir and did not end: run it again there"
  fi
  for each in "$data_dir"/*/*.manifest; do
    case $each in
      "$data_dir/appendonlydir/$AOF.manifest" | "$data_dir"/before-restore-* | "$data_dir/*/*.manifest") ;;
      *) refuse "$each: this server's append-only file has other names than Redis's own; \`drover restore\` handles them" ;;
    esac
  done
  holds=
  for each in dump.rdb "$AOF" "appendonlydir/$AOF.manifest"; do
    [ ! -e "$data_dir/$each" ] || holds="$holds $each"
  done
  if [ -n "$holds" ] && [ -z "$force" ]; then
    refuse "$data_dir holds data ($(printf '%s' "$holds" | cut -c 2-)): use an empty folder, or --force to set it aside"
  fi
}

# A server has its data folder as its working folder. Inodes are compared, since paths differ between containers.
check_idle() {
  here_is=$(stat -L -c %d:%i "$data_dir")
  for process in /proc/[0-9]*; do
    case $(cat "$process/comm" 2>/dev/null) in redis-server* | valkey-server*) ;; *) continue ;; esac
    if [ "$(stat -L -c %d:%i "$process/cwd" 2>/dev/null)" = "$here_is" ]; then
      refuse "a server runs on $data_dir (process ${process##*/}): stop it first"
    fi
  done
}

# The one-line manifest of an append-only file that begins with this dump.
lay_out() {
  mkdir "$work/appendonlydir"
  unpack "$work/appendonlydir/$AOF.1.base.rdb"
  printf 'file %s.1.base.rdb seq 1 type b\n' "$AOF" >"$work/appendonlydir/$AOF.manifest"
}

load() {
  start_scratch "$work" --appendonly yes --appenddirname appendonlydir --appendfilename "$AOF" --auto-aof-rewrite-percentage 0
}

compare() {
  meta_keys >"$work/queues"
  count_queues "$work/queues" >"$work/counts"
  compare_counts "$work/counts" >"$work/differences"
  [ ! -s "$work/differences" ] || {
    cat "$work/differences" >&2
    damaged "what it holds is not what was counted when it was made"
  }
}

# As BullMQ pauses: the mark in the queue's hash, and no marker that would wake a worker.
pause_and_raise() {
  made_at=$(field madeAt)
  age_of_it=$(($(date +%s) - ${made_at%???}))
  [ "$age_of_it" -ge 0 ] || age_of_it=0
  RAISE_IDS_BY=${RAISE_IDS_BY:-$((1000000 + 10000 * age_of_it))}
  awk -F '\t' -v raise="$RAISE_IDS_BY" "$QUOTE"'{
    base = ($1 ~ /:/ ? $1 : "bull:" $1) ":"
    print "HSET " quote(base "meta") " paused 1"
    print "DEL " quote(base "marker")
    print "INCRBY " quote(base "id") " " raise
  }' "$work/counts" >"$work/changes"
  ask <"$work/changes" >"$work/changed"
  [ "$(grep -c '^[0-9][0-9]*$' "$work/changed" || true)" = "$(grep -c . "$work/changes" || true)" ] ||
    refuse "the queues could not be paused ($(grep -v '^[0-9]*$' "$work/changed" | head -n 1))"
}

# A delayed job's score is its time in ms, times 4096.
count_overdue() {
  awk -F '\t' -v now="$(date +%s)" "$QUOTE"'{
    printf "ZCOUNT %s -inf %.0f\n", quote(($1 ~ /:/ ? $1 : "bull:" $1) ":delayed"), now * 1000 * 4096
  }' "$work/counts" | ask | awk '{ sum += $1 } END { print sum + 0 }'
}

give_to_server() {
  [ "$(id -u)" != 0 ] || chown "$owner" "$@"
}

# Some disks know no links.
keep() {
  ln "$1" "$2" 2>/dev/null || cp -p "$1" "$2"
}

# What is there is linked into a folder aside first. New files get numbers that are not in use, so that old and new data
# lie side by side until the manifest is switched.
place() {
  inner=$data_dir/appendonlydir
  aside=
  if [ -n "$holds" ]; then
    aside=$data_dir/before-restore-$(date -u +%Y%m%dT%H%M%SZ)
    mkdir "$aside" "$aside/appendonlydir"
    give_to_server "$aside" "$aside/appendonlydir"
    for each in "$data_dir/dump.rdb" "$data_dir/$AOF"; do
      [ ! -e "$each" ] || keep "$each" "$aside/"
    done
    for each in "$inner"/*; do
      [ ! -e "$each" ] || keep "$each" "$aside/appendonlydir/"
    done
  fi
  mkdir -p "$inner"
  number=$(find "$inner" -maxdepth 1 -name "$AOF.*" | sed -n 's/.*\.aof\.\([0-9]*\)\..*/\1/p' | sort -n | tail -n 1)
  number=$((${number:-0} + 1))
  mv "$work/appendonlydir/$AOF.1.base.rdb" "$inner/$AOF.$number.base.rdb"
  mv "$work/appendonlydir/$AOF.1.incr.aof" "$inner/$AOF.$number.incr.aof"
  for part in base.rdb:b incr.aof:i; do
    printf 'file %s.%s.%s seq %s type %s\n' "$AOF" "$number" "${part%:*}" "$number" "${part#*:}"
  done >"$inner/$AOF.manifest.new"
  give_to_server "$inner" "$inner/$AOF.$number.base.rdb" "$inner/$AOF.$number.incr.aof" "$inner/$AOF.manifest.new"
  sync
  mv "$inner/$AOF.manifest.new" "$inner/$AOF.manifest"
  to_disk "$inner"
  for each in "$inner/$AOF".*.base.rdb "$inner/$AOF".*.base.aof "$inner/$AOF".*.incr.aof; do
    case $each in "$inner/$AOF.$number".*) ;; *) rm -f "$each" ;; esac
  done
  # Older than what was restored: nothing may take it for the data.
  rm -f "$data_dir/dump.rdb" "$data_dir/$AOF"
}

report() {
  say "restored $name into $data_dir, snapshot of $(field madeAt | awk '{ print int($1 / 1000) }' | { read -r at; date -u -d "@$at" '+%Y-%m-%d %H:%M:%S UTC'; })"
  [ -z "$aside" ] || say "what was there is in $aside: remove it when you do not need it any more"
  say "What to expect:"
  say "- $(grep -c . "$work/counts" || true) queues are paused: look at them, then resume each (drover queue resume NAME)"
  say "- $(sum_of "$work/counts" 4) jobs were active: they run again once they are taken for stalled"
  say "- $overdue delayed jobs are overdue: all of them are due at once"
  say "- new jobs have ids from $RAISE_IDS_BY above the counter on; jobs that came after the snapshot are not here"
  say "Start the server with appendonly yes, appenddirname appendonlydir and appendfilename $AOF, as the kit does."
}

read_arguments "$@"
check_folder
need gzip sha256sum awk timeout stat
check_data_dir
lock_folder "$data_dir" 'another restore goes on'
trap clean_up EXIT
trap 'exit 143' TERM INT
rm -rf "$data_dir"/.restoring-*
name=$(resolve_name "$wanted_name")
read_manifest "$name"
work=$(mktemp -d "$data_dir/.restoring-XXXXXX")
say "restoring $name: $plain_bytes bytes of data"
lay_out
load
compare
overdue=$(count_overdue)
pause_and_raise
end_scratch
check_idle
place
report
