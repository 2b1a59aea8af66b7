# shellcheck shell=bash
# What is made from the passwords in `.env`: the ACL files of both instances, and password files for what
# reads a password from a file.
#
# Each file is written beside its place and renamed: a server or a container sees the old one or the new one,
# never half of one. ACL files hold SHA-256 sums, no passwords. `.env` has been read before (load_env), and the
# working folder is the kit. Sourced by the kit's programs.

# FILE=NAME: files with one password each.
PASSWORD_FILES='queue-health-password=REDIS_QUEUE_HEALTH_PASSWORD
cache-health-password=REDIS_CACHE_HEALTH_PASSWORD
queue-backup-password=REDIS_QUEUE_BACKUP_PASSWORD'

random_password() {
  local password
  if command -v openssl > /dev/null; then
    password=$(openssl rand -hex 32)
  else
    password=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  fi
  [[ $password =~ ^[0-9a-f]{64}$ ]] || fail 'this machine gives no random numbers' \
    'Install openssl, or see why /dev/urandom cannot be read, and run this again.'
  printf '%s' "$password"
}

sha256_hex() {
  if command -v sha256sum > /dev/null; then
    printf '%s' "$1" | sha256sum | cut -c 1-64
  else
    printf '%s' "$1" | openssl dgst -sha256 -r | cut -c 1-64
  fi
}

# render_acl TEMPLATE - with `#{NAME}` replaced by the sum of that password, and of the one before it.
render_acl() {
  local text name password hashes
  text=$(sed '/^#/d' "$1")
  for name in $(printf '%s\n' "$text" | grep -o '#{[A-Z0-9_]*}' | tr -d '#{}' | sort -u); do
    password=$(env_value "$name")
    if [ -z "$password" ]; then
      warn "$1 asks for $name, which .env does not set"
      return 1
    fi
    hashes="#$(sha256_hex "$password")"
    password=$(env_value "${name}_PREVIOUS")
    if [ -n "$password" ]; then hashes="$hashes #$(sha256_hex "$password")"; fi
    text=$(printf '%s\n' "$text" | sed "s/#{$name}/$hashes/g")
  done
  printf '%s\n' "$text"
}

# write_secrets - all of them, owned by whom the instances run as.
write_secrets() {
  local instance pair
  make_folder secrets
  for instance in queue cache; do
    render_acl "config/users-$instance.acl" > "secrets/.$instance-users.$$"
    put_secret "$instance-users" "$instance-users.acl"
  done
  for pair in $PASSWORD_FILES; do
    printf '%s\n' "$(env_value "${pair#*=}")" > "secrets/.${pair%%=*}.$$"
    put_secret "${pair%%=*}" "${pair%%=*}"
  done
}

# put_secret NAME PLACE - gives the file that was written its owner, its mode and its place.
put_secret() {
  local made="secrets/.$1.$$"
  chmod 600 "$made"
  give_to_instances "$made"
  mv -f "$made" "secrets/$2"
}

# make_folder PATH - for the instances alone.
make_folder() {
  mkdir -p "$1"
  chmod 700 "$1"
  give_to_instances "$1"
}

# give_to_instances PATH - only root can, and only where root runs this are they another user.
give_to_instances() {
  if [ "$(id -u)" -eq 0 ]; then chown "$(env_value KIT_UID):$(env_value KIT_GID)" "$1"; fi
}

# remove_leftovers PATTERN... - files of runs that were killed: those whose number is of no running process.
remove_leftovers() {
  local path number
  for path in "$@"; do
    number=${path##*.}
    if [ -e "$path" ] && numeric "$number" && ! is_running "$number"; then
      rm -rf -- "$path"
    fi
  done
}

# is_running NUMBER - a process of this user, or of another.
is_running() { kill -0 "$1" 2> /dev/null || ps -p "$1" > /dev/null 2>&1; }
