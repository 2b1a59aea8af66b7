# shellcheck shell=sh disable=SC2154 # what others set
# A server of the script's own, to load a backup into: no port, a socket in a folder that only this user may enter.
#
# Sourced. It never meets another server. It is ended with the script; should the script be killed, it ends by itself
# after SCRATCH_TIMEOUT seconds.

SCRATCH_TIMEOUT=${SCRATCH_TIMEOUT:-3600}
scratch_pid=
scratch_folder=

# start_scratch FOLDER ARGUMENTS...: returns when all is loaded.
start_scratch() {
  scratch_folder=$1
  shift
  server=$(program redis-server valkey-server)
  cli=$(program redis-cli valkey-cli)
  (
    cd "$scratch_folder" || exit 1
    # A relative socket: the path of one may have no more than 107 characters.
    exec timeout "$SCRATCH_TIMEOUT" "$server" --port 0 --unixsocket server.sock --unixsocketperm 700 \
      --dir "$scratch_folder" --save '' --maxmemory 0 --daemonize no "$@"
  ) 9<&- >"$scratch_folder/server.log" 2>&1 &
  scratch_pid=$!
  waited=0
  until [ "$(ask_scratch PING 2>/dev/null)" = PONG ]; do
    if ! kill -0 "$scratch_pid" 2>/dev/null || [ "$waited" -gt $((SCRATCH_TIMEOUT * 5)) ]; then
      tail -n 5 "$scratch_folder/server.log" >&2
      case $(cat "$scratch_folder/server.log") in
        *"handle RDB format version"*)
          die "$EXIT_FAILURE" "this backup is of a newer server than $("$server" --version | cut -c 1-40): use its version"
          ;;
      esac
      die "$EXIT_FAILURE" "the scratch server does not load it (its last words are above)"
    fi
    sleep 0.2
    waited=$((waited + 1))
  done
}

ask_scratch() {
  (
    unset REDISCLI_AUTH
    cd "$scratch_folder" && exec "$cli" -s server.sock "$@"
  )
}

# end_scratch [nosave]: what it has written is on the disk when this returns.
end_scratch() {
  [ -n "$scratch_pid" ] || return 0
  ask_scratch SHUTDOWN "${1:-NOSAVE}" >/dev/null 2>&1 || kill -TERM "$scratch_pid" 2>/dev/null || true
  wait "$scratch_pid" 2>/dev/null || true
  scratch_pid=
}
