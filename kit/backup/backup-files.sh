# shellcheck shell=sh disable=SC2034 # what others use
# What the four backup scripts share: how they speak, which programs they use, and how a manifest is read.
#
# Sourced, not run. A backup is two files in BACKUP_DIR: `<name>.rdb.gz` (`.age` behind it when it is encrypted) and
# `<name>.json`, its manifest, which is written last. `drover backup` writes and reads the same. A password is never an
# argument of a program and never printed.

BACKUP_DIR=${BACKUP_DIR:-./backups}
LABEL=${LABEL:-queue}
umask 077

# Exit codes, as those of `drover`.
EXIT_FAILURE=1
EXIT_USAGE=2
EXIT_NOT_FOUND=3
EXIT_ACCESS=4
EXIT_UNREACHABLE=5

say() {
  printf '%s\n' "$*"
}

# die CODE WORDS...: says what went wrong and what to do, and ends.
die() {
  exit_code=$1
  shift
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit "$exit_code"
}

# The first of some programs that is there; REDIS_BIN names the folder they are in, when that is not on PATH.
program() {
  for candidate; do
    if [ -n "${REDIS_BIN:-}" ] && [ -x "$REDIS_BIN/$candidate" ]; then
      printf '%s\n' "$REDIS_BIN/$candidate"
      return
    fi
    if command -v "$candidate"; then return; fi
  done
  die "$EXIT_FAILURE" "$1 is not installed: run this in the image of the server, or install its tools"
}

need() {
  for each; do
    command -v "$each" >/dev/null || die "$EXIT_FAILURE" "$each is not installed: install it"
  done
}

check_folder() {
  case $LABEL in
    '' | -* | *[!a-z0-9-]*)
      die "$EXIT_USAGE" "LABEL is \"$LABEL\": use small letters, digits and hyphens"
      ;;
  esac
  if [ ! -d "$BACKUP_DIR" ]; then
    die "$EXIT_USAGE" "BACKUP_DIR $BACKUP_DIR is no folder: make it (mkdir -m 700), or name another"
  fi
  BACKUP_DIR=$(cd "$BACKUP_DIR" && pwd)
}

# lock_folder FOLDER WHAT: nobody else may do that there until this ends. The kernel gives the lock up with the last process
# that has it, so none is left behind by a kill, and one of another container is seen, too.
lock_folder() {
  need flock
  exec 9<"$1" || die "$EXIT_FAILURE" "cannot read $1: mend its rights"
  flock -n 9 || die "$EXIT_FAILURE" "$2 in $1: wait until it has ended"
}

free_bytes() {
  df -Pk "$1" | awk 'NR == 2 { printf "%.0f\n", $4 * 1024 }'
}

# need_space FOLDER BYTES WHAT
need_space() {
  free=$(free_bytes "$1")
  if [ "$free" -lt "$2" ]; then
    die "$EXIT_FAILURE" "$3 needs about $2 bytes in $1 and $free are free: make room, or use another disk"
  fi
}

size_of() {
  wc -c <"$1" | tr -d ' '
}

sha256_of() {
  sha256sum <"$1" | cut -d ' ' -f 1
}

# Would survive a power cut when it returns.
to_disk() {
  sync "$1" 2>/dev/null || sync
}

# Names of all backups of LABEL, oldest first.
backup_names() {
  for file in "$BACKUP_DIR/$LABEL"-[0-9]*.json; do
    file=${file##*/}
    stamp=${file#"$LABEL"-}
    case $stamp in
      [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z.json)
        printf '%s\n' "${file%.json}"
        ;;
    esac
  done
}

# The name that is meant by `latest`, or a name, or the name of one of its files.
resolve_name() {
  case $1 in
    latest)
      wanted=$(backup_names | tail -n 1)
      [ -n "$wanted" ] || die "$EXIT_NOT_FOUND" "there is no backup of \"$LABEL\" in $BACKUP_DIR: make one, or set LABEL"
      ;;
    *)
      wanted=${1##*/}
      wanted=${wanted%.age}
      wanted=${wanted%.gz}
      wanted=${wanted%.rdb}
      wanted=${wanted%.json}
      [ -f "$BACKUP_DIR/$wanted.json" ] ||
        die "$EXIT_NOT_FOUND" "there is no backup $wanted in $BACKUP_DIR: name one of those there, or \"latest\""
      ;;
  esac
  printf '%s\n' "$wanted"
}

# JSON on standard input → a line for each value: the path to it and the value, between tabs. Keys and strings stay
# escaped as they are, but for \" and \\.
flat_json() {
  awk '
    { text = text $0 "\n" }
    function blank() { while (index(" \t\r\n", substr(text, at, 1)) && at <= size) at++ }
    function bad() { isBad = 1; print "BAD"; exit }
    function string(   from, c, part) {
      at++
      from = at
      part = ""
      for (;;) {
        c = substr(text, at, 1)
        if (c == "" || c == "\n") bad()
        if (c == "\"") { at++; return part }
        if (c == "\\") {
          c = substr(text, at + 1, 1)
          part = part (c == "\"" || c == "\\" || c == "/" ? c : "\\" c)
          at += 2
          continue
        }
        part = part c
        at++
      }
    }
    function value(path,   c, key, from) {
      if (isBad) return
      blank()
      c = substr(text, at, 1)
      if (c == "{") {
        at++
        blank()
        if (substr(text, at, 1) == "}") { at++; return }
        for (;;) {
          blank()
          if (substr(text, at, 1) != "\"") bad()
          key = string()
          blank()
          if (substr(text, at, 1) != ":") bad()
          at++
          value(path == "" ? key : path "\t" key)
          blank()
          c = substr(text, at, 1)
          at++
          if (c == "}") return
          if (c != ",") bad()
        }
      }
      if (c == "\"") { print path "\t" string(); return }
      from = at
      while (index("-+.eE0123456789truefalsn", substr(text, at, 1)) && at <= size) at++
      if (at == from) bad()
      print path "\t" substr(text, from, at - from)
    }
    END {
      size = length(text)
      at = 1
      value("")
      blank()
      if (!isBad && at <= size) print "BAD"
    }'
}

# field PATH: of the manifest that was read, with / between the keys.
field() {
  printf '%s\n' "$manifest" | awk -F '\t' -v path="$1" '
    BEGIN { depth = split(path, keys, "/") }
    NF == depth + 1 {
      for (i = 1; i <= depth; i++) if ($i != keys[i]) next
      print $NF
      exit
    }'
}

# read_manifest NAME: sets `manifest` to its lines, and the fields that every step needs.
read_manifest() {
  name=$1
  manifest=$(flat_json <"$BACKUP_DIR/$name.json")
  stored_file=$(field stored/file)
  stored_bytes=$(field stored/bytes)
  stored_sha256=$(field stored/sha256)
  plain_bytes=$(field plain/bytes)
  plain_sha256=$(field plain/sha256)
  encryption=$(field encryption)
  case "$manifest" in *BAD) damaged "its manifest $name.json is no JSON" ;; esac
  [ "$(field version)" = 1 ] || damaged "its manifest $name.json is not of version 1"
  [ "$(field name)" = "$name" ] || damaged "its manifest $name.json is that of \"$(field name)\""
  case $encryption:$stored_file in
    "none:$name.rdb.gz" | "age:$name.rdb.gz.age") ;;
    *) damaged "its manifest names the file \"$stored_file\"" ;;
  esac
  for each in "$stored_bytes" "$plain_bytes"; do
    case $each in '' | *[!0-9]*) damaged "its manifest lacks a size" ;; esac
  done
  if [ ${#stored_sha256} -ne 64 ] || [ ${#plain_sha256} -ne 64 ]; then
    damaged "its manifest lacks a checksum"
  fi
}

damaged() {
  die "$EXIT_FAILURE" "backup $name is damaged ($*): use another one, and make a new one"
}

# unpack FILE: writes the RDB file of the backup whose manifest was read, and checks all that the manifest says of it.
unpack() {
  packed=$BACKUP_DIR/$stored_file
  [ -f "$packed" ] || damaged "$stored_file is missing"
  found=$(size_of "$packed")
  [ "$found" = "$stored_bytes" ] || damaged "$stored_file has $found bytes instead of $stored_bytes"
  [ "$(sha256_of "$packed")" = "$stored_sha256" ] || damaged "the SHA-256 of $stored_file is another one"
  need_space "$(dirname "$1")" "$plain_bytes" "unpacking $name"
  if [ "$encryption" = age ]; then
    need age
    [ -n "${AGE_IDENTITY:-}" ] || die "$EXIT_USAGE" "$name is encrypted: set AGE_IDENTITY to the file with the identity"
    age -d -i "$AGE_IDENTITY" -o "$1.gz" "$packed" ||
      die "$EXIT_ACCESS" "$name cannot be decrypted with $AGE_IDENTITY: give the identity of one of its recipients"
    packed=$1.gz
  fi
  gzip -dc <"$packed" >"$1" || damaged "it cannot be unpacked, or the disk is full"
  [ "$encryption" = none ] || rm -f "$1.gz"
  [ "$(size_of "$1")" = "$plain_bytes" ] || damaged "unpacked it has another size than it had"
  [ "$(sha256_of "$1")" = "$plain_sha256" ] || damaged "the SHA-256 of what was unpacked is another one"
  check_rdb "$1" || damaged "$(program redis-check-rdb valkey-check-rdb) refuses it"
}

# Its words are many, so they are shown only when it refuses.
check_rdb() {
  checker=$(program redis-check-rdb valkey-check-rdb)
  if ! words=$("$checker" "$1" 2>&1); then
    printf '%s\n' "$words" | tail -n 3 >&2
    return 1
  fi
}
