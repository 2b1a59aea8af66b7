# shellcheck shell=bash
# How much memory the machine has, and what of it the instances get.
#
# The rule is the table in README.md: about an eighth of the machine is `maxmemory` of each instance, from
# 256mb on 2 GB to 4gb on 32 GB and more; a process may take twice its maxmemory. So both together stay within
# half of the machine. Sourced by the kit's programs.

# parse_mb TEXT - `512mb`, `8g`, `8 GB` as a number of megabytes; nothing when it is no such text.
parse_mb() {
  local text
  text=$(printf '%s' "$1" | tr -d ' ' | tr '[:upper:]' '[:lower:]')
  [[ $text =~ ^([1-9][0-9]{0,8})(m|mb|mib|g|gb|gib)$ ]] || return 0
  case ${BASH_REMATCH[2]} in
    g*) printf '%s' $((BASH_REMATCH[1] * 1024)) ;;
    *) printf '%s' "${BASH_REMATCH[1]}" ;;
  esac
}

# format_mb MB - as Redis, Compose and people write it: 512mb, 2gb.
format_mb() {
  if [ $(($1 % 1024)) -eq 0 ]; then printf '%sgb' $(($1 / 1024)); else printf '%smb' "$1"; fi
}

# machine_mb [ROOT] - memory of the machine, or of the cgroup this runs in where that is less.
# ROOT stands before /proc and /sys.
machine_mb() {
  local root=${1-} total_kb total limit
  if [ -r "$root/proc/meminfo" ]; then
    total_kb=$(awk '/^MemTotal:/ { print $2 }' "$root/proc/meminfo")
    total=$((total_kb / 1024))
  else
    total=$(($(sysctl -n hw.memsize 2> /dev/null || echo 0) / 1048576))
  fi
  for limit in $(cgroup_limits "$root"); do
    # "max", or the huge number that stands for none, is no limit.
    if numeric "$limit" && [ ${#limit} -lt 16 ] && [ $((limit / 1048576)) -lt "$total" ]; then
      total=$((limit / 1048576))
    fi
  done
  printf '%s' "$total"
}

# cgroup_limits ROOT - of the group this runs in and of those above it, versions 1 and 2, in bytes.
cgroup_limits() {
  local base path group groups
  groups=$(sed -n 's/^0:://p; s/^[0-9]*:memory://p' "$1/proc/self/cgroup" 2> /dev/null) || true
  for group in $groups /; do
    for base in "$1/sys/fs/cgroup" "$1/sys/fs/cgroup/memory"; do
      path=${group%/}
      while :; do
        cat "$base$path/memory.max" "$base$path/memory.limit_in_bytes" 2> /dev/null || true
        if [ -z "$path" ]; then break; fi
        path=${path%/*}
      done
    done
  done
}

# maxmemory_for MB - what each instance gets on a machine with that much; 0 when it is too small.
# A machine sold as 8 GB shows some hundred megabytes less: an eighth of the size is spared.
maxmemory_for() {
  local size step=0 each
  for each in 128 256 512 1024 2048 3072 4096; do
    size=$((each * 8))
    if [ "$1" -ge $((size - size / 8)) ]; then step=$each; fi
  done
  printf '%s' "$step"
}
