# shellcheck shell=bash
# The unit files in `systemd/`, with this kit's own folder, user and memory in them.
#
# As they stand they are for /opt/drover-redis, a user drover-redis and a machine of 8 GB; a unit file cannot
# read such things from `.env`. `.env` has been read before, and the working folder is the kit. Sourced by
# `setup`.

# write_units FOLDER
write_units() {
  local unit name user
  [ -d "$1" ] || fail "there is no folder $1" 'Name one, such as /etc/systemd/system.'
  case $PWD in
    *[!A-Za-z0-9/._+-]*) fail "systemd cannot run what lies in $PWD" 'Put the kit where no letter of the path needs quotes: /opt/drover-redis.' ;;
  esac
  user=$(env_value KIT_UID)
  if [ "$(owner_of .env)" != "$user" ]; then
    fail "the services run as user $user, who cannot read .env" "As root: chown $user:$(env_value KIT_GID) .env"
  fi
  for unit in systemd/*.service systemd/*.timer; do
    name=${unit##*/}
    fill_unit "$unit" > "$1/.$name.$$"
    chmod 644 "$1/.$name.$$"
    mv -f "$1/.$name.$$" "$1/$name"
    say "$1/$name: written"
  done
  say 'Next: systemctl daemon-reload && systemctl enable --now drover-redis-queue drover-redis-cache drover-backup.timer drover-backup-drill.timer'
}

# fill_unit FILE - its text.
fill_unit() {
  local port tls='#'
  port=$(url_part port "$(env_value REDIS_QUEUE_URL)")
  if [ "$(url_part scheme "$(env_value REDIS_QUEUE_URL)")" = rediss ]; then tls=''; fi
  sed -e "s/^#\(Environment=REDIS_TLS_CA=\)/$tls\1/" \
    -e "s#/opt/drover-redis#$PWD#g" \
    -e "s/^User=.*/User=$(env_value KIT_UID)/" -e "s/^Group=.*/Group=$(env_value KIT_GID)/" \
    -e "s/^MemoryMax=.*/MemoryMax=$(unit_memory "$1")/" \
    -e "s/^Environment=REDIS_PORT=.*/Environment=REDIS_PORT=${port:-6380}/" "$1"
}

# unit_memory UNIT - the memory limit of the instance that it runs.
unit_memory() {
  case $1 in
    *cache*) printf '%sM' "$(parse_mb "$(env_value REDIS_CACHE_MEMORY_LIMIT)")" ;;
    *) printf '%sM' "$(parse_mb "$(env_value REDIS_QUEUE_MEMORY_LIMIT)")" ;;
  esac
}
