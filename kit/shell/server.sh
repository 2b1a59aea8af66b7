# shellcheck shell=bash
# One Redis server from the kit's files: which program, which arguments, whether it may start, and whether it
# answers.
#
# The configuration goes to the server by its standard input, without the `dir` line: that names the folder of
# a container, and a server ends at once when such a folder is missing. Needs say.sh and env-file.sh; the
# working folder is the kit. Sourced by `run`.

# find_program NAME... - the first that is installed.
find_program() {
  local name
  for name in "$@"; do
    if command -v "$name"; then return; fi
  done
}

# need_server - settles $server and $client, or ends the program.
need_server() {
  local version
  server=$(find_program redis-server valkey-server)
  client=$(find_program redis-cli valkey-cli)
  if [ -z "$server" ] || [ -z "$client" ]; then
    fail 'no redis-server and redis-cli found, and no valkey-server and valkey-cli' \
      'Install one, 7.0 or newer: apt install redis-server, or brew install redis'
  fi
  version=$("$server" --version | sed -n 's/.*v=\([0-9]*\)\..*/\1/p')
  if numeric "$version" && [ "$version" -lt 7 ]; then
    fail "$server is version $version; these files are for 7.0 and newer" 'See packages.redis.io for newer ones.'
  fi
}

# server_arguments INSTANCE PORT BIND FOLDER - into the array arguments.
server_arguments() {
  local upper=REDIS_QUEUE
  if [ "$1" = cache ]; then upper=REDIS_CACHE; fi
  arguments=(--dir "$4" --aclfile "$PWD/secrets/$1-users.acl" --maxmemory "$(env_value "${upper}_MAXMEMORY")")
  if [ "$(url_part scheme "$(env_value "${upper}_URL")")" = rediss ]; then
    arguments+=(--port 0 --tls-port "$2" --tls-cert-file "$PWD/tls/server.crt" --tls-key-file "$PWD/tls/server.key")
    arguments+=(--tls-ca-cert-file "$PWD/tls/ca.crt" --tls-auth-clients no)
  else
    arguments+=(--port "$2")
  fi
  if [ -n "$3" ]; then arguments+=(--bind "$3"); fi
  # Set by systemd for a unit of Type=notify: the server tells it when the data is loaded.
  if [ -n "${NOTIFY_SOCKET-}" ]; then arguments+=(--supervised systemd); fi
}

# server_config INSTANCE - what the server reads.
server_config() { grep -v '^[[:space:]]*dir[[:space:]]' "config/redis-$1.conf"; }

# as_instance_user COMMAND... - in place of this shell, or of a subshell; as KIT_UID where root runs this.
as_instance_user() {
  if [ "$(id -u)" -ne 0 ] || [ "$(env_value KIT_UID)" -eq 0 ]; then exec "$@"; fi
  exec setpriv --reuid "$(env_value KIT_UID)" --regid "$(env_value KIT_GID)" --clear-groups -- "$@"
}

# need_readable INSTANCE - can the user that the server runs as get at its files?
need_readable() {
  if [ "$(id -u)" -eq 0 ] && ! command -v setpriv > /dev/null; then
    fail 'as root this needs setpriv, to run the server as another user' 'Install util-linux, or run this as a usual user.'
  fi
  if ! (as_instance_user test -r "$PWD/secrets/$1-users.acl"); then
    fail "user $(env_value KIT_UID) cannot read $PWD/secrets/$1-users.acl" \
      'Put the kit where that user may enter each folder above it, such as /opt, or make .env anew as the user that runs this.'
  fi
}

# need_free_port PORT OPTION
need_free_port() {
  local holder=''
  if ! (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; then return; fi
  if command -v ss > /dev/null; then
    holder=$(ss -Hltnp "sport = :$1" | sed -n 's/.*users:((\("[^"]*",pid=[0-9]*\).*/\1/p' | head -n 1 | tr -d '"' | tr ',' ' ')
  elif command -v lsof > /dev/null; then
    holder=$(lsof -nP -iTCP:"$1" -sTCP:LISTEN -Fpc | sed -n 's/^c//p; s/^p/pid=/p' | tr '\n' ' ')
  fi
  fail "port $1 is in use${holder:+ by $holder}" \
    "Stop what listens there, or take another port: $2 PORT (and the same one in .env)."
}

# lock_queue_data - for as long as this shell or the server that it becomes lives. Two servers that write one
# append-only file destroy it.
lock_queue_data() {
  if ! command -v flock > /dev/null; then return; fi
  exec 9>> data/queue.lock
  give_to_instances data/queue.lock
  if ! flock -n 9; then
    fail 'another server runs on data/queue' 'Stop it first: two of them would destroy the data.'
  fi
}

# answer_of INSTANCE PORT HOST - to PING, as the user for health checks.
answer_of() {
  local tls_arguments=() upper=REDIS_QUEUE
  if [ "$1" = cache ]; then upper=REDIS_CACHE; fi
  if [ "$(url_part scheme "$(env_value "${upper}_URL")")" = rediss ]; then tls_arguments=(--tls --cacert tls/ca.crt); fi
  REDISCLI_AUTH=$(env_value "${upper}_HEALTH_PASSWORD") "$client" -h "$3" -p "$2" \
    ${tls_arguments[@]+"${tls_arguments[@]}"} --user drover-health --no-auth-warning ping 2>&1 || true
}

# host_hints - what the machine itself is not prepared for.
host_hints() {
  local file='sysctl/99-redis.conf'
  if [ "$(cat /proc/sys/vm/overcommit_memory 2> /dev/null || echo 1)" != 1 ]; then
    warn "hint: vm.overcommit_memory is not 1, so saving may fail while memory is short: see $file"
  fi
  if [ "$(cat /proc/sys/net/core/somaxconn 2> /dev/null || echo 1024)" -lt 511 ]; then
    warn "hint: net.core.somaxconn is below 511, so bursts of connections may be refused: see $file"
  fi
  if grep -q '\[always\]' /sys/kernel/mm/transparent_hugepage/enabled 2> /dev/null; then
    warn 'hint: transparent huge pages are always on, which makes saving slow: see sysctl/drover-no-huge-pages.service'
  fi
}
