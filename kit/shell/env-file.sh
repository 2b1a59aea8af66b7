# shellcheck shell=bash
# The names in `.env`, and reading it.
#
# `.env` is read line by line and never executed: a `$(...)` in it stays text. What NAME is set to stands in
# the variable env_NAME afterwards. Sourced by the kit's programs.

# Users of the instances, each with the name of its password.
PASSWORD_NAMES='REDIS_QUEUE_PASSWORD REDIS_QUEUE_PRODUCER_PASSWORD REDIS_QUEUE_WORKER_PASSWORD
REDIS_QUEUE_OPERATOR_PASSWORD REDIS_QUEUE_VIEWER_PASSWORD REDIS_QUEUE_EXPORTER_PASSWORD
REDIS_QUEUE_BACKUP_PASSWORD REDIS_QUEUE_REPLICA_PASSWORD REDIS_QUEUE_HEALTH_PASSWORD
REDIS_CACHE_PASSWORD REDIS_CACHE_OPERATOR_PASSWORD REDIS_CACHE_EXPORTER_PASSWORD
REDIS_CACHE_HEALTH_PASSWORD'

OTHER_NAMES='REDIS_QUEUE_MAXMEMORY REDIS_CACHE_MAXMEMORY REDIS_QUEUE_MEMORY_LIMIT
REDIS_CACHE_MEMORY_LIMIT KIT_UID KIT_GID REDIS_QUEUE_URL REDIS_CACHE_URL'

# load_env FILE - reads it; names that are set twice stand in env_twice.
load_env() {
  local line name value
  env_twice=''
  for name in $PASSWORD_NAMES $OTHER_NAMES; do
    unset "env_$name" "env_${name}_PREVIOUS"
  done
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    line=${line#export }
    [[ $line =~ ^([A-Z][A-Z0-9_]*)=(.*)$ ]] || continue
    name=${BASH_REMATCH[1]}
    value=${BASH_REMATCH[2]}
    # Quotes around a value are not part of it, as Compose reads it.
    case $value in
      \"*\" | \'*\') value=${value:1:${#value}-2} ;;
    esac
    if [ -n "$(env_value "$name")" ]; then env_twice="$env_twice $name"; fi
    set_value "$name" "$value"
  done < "$1"
}

# env_value NAME - what the file that was read sets it to, or nothing.
env_value() {
  local variable="env_$1"
  printf '%s' "${!variable-}"
}

# set_value NAME VALUE - as if a file had set it.
set_value() { printf -v "env_$1" '%s' "$2"; }

# missing_names - those that the file that was read leaves out or empty.
missing_names() {
  local name
  for name in $PASSWORD_NAMES $OTHER_NAMES; do
    if [ -z "$(env_value "$name")" ]; then printf '%s ' "$name"; fi
  done
}

# is_private PATH - may nobody but its owner do anything with it? By `ls`, which is alike everywhere.
is_private() {
  local mode
  mode=$(LC_ALL=C ls -ld -- "$1") || return 1
  [ "${mode:4:6}" = '------' ]
}

# url_part PART URL - scheme, user, password, host or port of redis://user:password@host:port, or nothing.
url_part() {
  [[ $2 =~ ^(rediss?)://([^:@/]*):([^@/]*)@(\[[0-9a-fA-F:]+\]|[^:@/]+):([0-9]+)(/[0-9]*)?$ ]] || return 0
  case $1 in
    scheme) printf '%s' "${BASH_REMATCH[1]}" ;;
    user) printf '%s' "${BASH_REMATCH[2]}" ;;
    password) printf '%s' "${BASH_REMATCH[3]}" ;;
    host) printf '%s' "${BASH_REMATCH[4]}" ;;
    port) printf '%s' "${BASH_REMATCH[5]}" ;;
  esac
}
