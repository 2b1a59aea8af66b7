# shellcheck shell=bash
# Is what stands in this kit right: `.env`, what was made from it, and who may read it?
#
# Each finding says what is wrong and what to do. Nothing is changed, and no password is printed. The working
# folder is the kit. Needs say.sh, env-file.sh, memory.sh and secrets.sh. Sourced by the kit's programs.

# What people put where a password belongs.
KNOWN_WORDS='changeme change-me change_me password passwort passw0rd secret redis example default admin
letmein qwerty 1234567890 abcdef0123 deadbeef yourpass your-pass your_pass'

# finding WHAT REMEDY
finding() {
  warn "✗ $1"
  warn "    $2"
  findings=$((findings + 1))
}

# check_kit - says every finding; true when there is none.
check_kit() {
  findings=0
  if [ ! -e .env ]; then
    finding 'there is no .env' 'Run ./setup.'
  elif [ ! -r .env ]; then
    finding '.env cannot be read by you' "It belongs to $(owner_of .env): run this as that user."
  else
    load_env .env
    check_env_file
    check_passwords
    check_urls
    check_memory
    check_owner
    check_secrets
    check_certificates
  fi
  [ "$findings" -eq 0 ]
}

# shellcheck disable=SC2012 # `ls -n` is alike everywhere, `stat` is not.
owner_of() { LC_ALL=C ls -ldn -- "$1" | awk '{ print $3 }'; }

check_env_file() {
  local name
  is_private .env || finding '.env can be read by other users of this machine' \
    'chmod 600 .env, and make new passwords if others may have read it.'
  for name in $(missing_names); do
    finding ".env does not set $name" ".env.example says what it is for. Add it, then ./setup --acl."
  done
  for name in $env_twice; do
    finding ".env sets $name twice" 'Keep one line of it, then ./setup --acl.'
  done
}

check_passwords() {
  local user name value all='' pair
  for user in $PASSWORD_NAMES; do
    for name in "$user" "${user}_PREVIOUS"; do
      value=$(env_value "$name")
      if [ -z "$value" ]; then continue; fi
      check_password "$name" "$value"
      all="$all$value $name"$'\n'
    done
  done
  # Which of them are the same: the names of two, and never the password.
  for pair in $(printf '%s' "$all" | sort | awk '$1 == last { print name "=" $2 } { last = $1; name = $2 }'); do
    finding "${pair%=*} and ${pair#*=} are the same password" \
      'Make one of them anew: openssl rand -hex 32, put it into .env, then ./setup --acl.'
  done
}

# check_password NAME VALUE
check_password() {
  local word lower anew='Make a new one: openssl rand -hex 32, put it into .env, then ./setup --acl.'
  if [ ${#2} -lt 32 ]; then
    finding "$1 is weak: ${#2} characters, 32 are the least" "$anew"
    return
  fi
  if [[ $2 =~ [^A-Za-z0-9._~-] ]]; then
    finding "$1 holds characters that a connection string or Compose reads as something else" "$anew"
    return
  fi
  lower=$(printf '%s' "$2" | tr '[:upper:]' '[:lower:]')
  for word in $KNOWN_WORDS; do
    case $lower in
      *"$word"*)
        finding "$1 is weak: it holds a word that is tried first (\"$word\")" "$anew"
        return
        ;;
    esac
  done
  if [ "$(printf '%s' "$lower" | fold -w 1 | sort -u | wc -l)" -lt 10 ]; then
    finding "$1 is weak: the same few characters again and again" "$anew"
  fi
}

check_urls() {
  local queue cache
  check_url REDIS_QUEUE_URL REDIS_QUEUE_PASSWORD REDIS_CACHE_PASSWORD queue cache 6379
  check_url REDIS_CACHE_URL REDIS_CACHE_PASSWORD REDIS_QUEUE_PASSWORD cache queue 6380
  queue="$(host_of REDIS_QUEUE_URL):$(url_part port "$(env_value REDIS_QUEUE_URL)")"
  cache="$(host_of REDIS_CACHE_URL):$(url_part port "$(env_value REDIS_CACHE_URL)")"
  if [ "$queue" = "$cache" ] && [ "$queue" != ':' ]; then
    finding "REDIS_QUEUE_URL and REDIS_CACHE_URL lead to the same instance, $queue" \
      'An instance that evicts loses jobs: give each its own, 6380 for the queue and 6379 for the cache.'
  fi
}

# host_of NAME - with one word for this machine.
host_of() {
  local host
  host=$(url_part host "$(env_value "$1")")
  case $host in
    localhost | 127.* | '[::1]') host=127.0.0.1 ;;
  esac
  printf '%s' "$host"
}

# check_url NAME ITS_PASSWORD OTHER_PASSWORD ITS OTHER OTHER_PORT
check_url() {
  local url password port
  url=$(env_value "$1")
  if [ -z "$url" ]; then return; fi
  port=$(url_part port "$url")
  if [ -z "$port" ]; then
    finding "$1 is no connection string of the form redis://USER:PASSWORD@HOST:PORT" \
      "Write it as redis://drover-app:PASSWORD@127.0.0.1:PORT, with the password of $2."
    return
  fi
  if [ "$(host_of "$1")" = "redis-$5" ] || { [ "$(host_of "$1")" = 127.0.0.1 ] && [ "$port" = "$6" ]; }; then
    finding "$1 leads to the $5 instance ($(url_part host "$url"):$port)" \
      "The $4 instance is 127.0.0.1:$([ "$4" = queue ] && echo 6380 || echo 6379), or redis-$4:6379 in Compose."
  fi
  if [ "$(url_part user "$url")" != drover-app ]; then return; fi
  password=$(url_part password "$url")
  if [ "$password" = "$(env_value "$3")" ]; then
    finding "$1 holds the password of the $5 instance" "Put the one of $2 into it."
  elif [ "$password" != "$(env_value "$2")" ]; then
    finding "$1 does not hold the password of $2" 'Put it into the connection string.'
  fi
}

check_memory() {
  local name data limit
  for name in REDIS_QUEUE REDIS_CACHE; do
    if [ -z "$(env_value "${name}_MAXMEMORY")" ] || [ -z "$(env_value "${name}_MEMORY_LIMIT")" ]; then
      continue
    fi
    data=$(parse_mb "$(env_value "${name}_MAXMEMORY")")
    limit=$(parse_mb "$(env_value "${name}_MEMORY_LIMIT")")
    if [ -z "$data" ] || [ -z "$limit" ]; then
      finding "${name}_MAXMEMORY or ${name}_MEMORY_LIMIT is no size" 'Write it as 512mb or 2gb.'
    elif [ "$limit" -lt $((data * 2)) ]; then
      finding "${name}_MEMORY_LIMIT is less than twice ${name}_MAXMEMORY" \
        "Saving to disk can need as much again: set it to $(format_mb $((data * 2)))."
    fi
  done
}

check_owner() {
  local name path
  for name in KIT_UID KIT_GID; do
    if [ -n "$(env_value "$name")" ] && ! numeric "$(env_value "$name")"; then
      finding "$name is no number" "Write the number that \`id\` shows, not a name."
    fi
  done
  for path in secrets data/queue backups; do
    if [ ! -d "$path" ]; then
      finding "the folder $path is missing" 'Run ./setup --acl.'
    elif [ "$(owner_of "$path")" != "$(env_value KIT_UID)" ]; then
      finding "$path belongs to user $(owner_of "$path"), not to KIT_UID" \
        "As root: chown -R $(env_value KIT_UID):$(env_value KIT_GID) $path"
    elif ! is_private "$path"; then
      finding "$path is open to other users of this machine" "chmod 700 $path"
    fi
  done
}

check_secrets() {
  local instance pair path
  if [ ! -d secrets ]; then return; fi
  if [ ! -x secrets ]; then
    finding 'secrets cannot be read by you' "It belongs to user $(owner_of secrets): run this as that user."
    return
  fi
  for instance in queue cache; do
    check_secret "$instance-users.acl" "$(render_acl "config/users-$instance.acl" || true)"
  done
  for pair in $PASSWORD_FILES; do
    check_secret "${pair%%=*}" "$(env_value "${pair#*=}")"
  done
}

# check_secret FILE WHAT_IT_MUST_HOLD
check_secret() {
  local path="secrets/$1"
  if [ ! -e "$path" ]; then
    finding "$path is missing" 'Run ./setup --acl.'
    return
  fi
  is_private "$path" || finding "$path can be read by other users of this machine" "chmod 600 $path"
  if [ "$(owner_of "$path")" != "$(env_value KIT_UID)" ]; then
    finding "$path belongs to user $(owner_of "$path"), not to KIT_UID" 'As root: ./setup --acl'
  fi
  if [ -z "$2" ] || [ "$(cat "$path" 2> /dev/null)" != "$2" ]; then
    finding "$path does not match .env" 'Run ./setup --acl, then restart the instances.'
  fi
}

check_certificates() {
  local path
  if [ ! -e tls/server.crt ]; then
    case "$(env_value REDIS_QUEUE_URL) $(env_value REDIS_CACHE_URL)" in
      *rediss://*) finding 'a connection string asks for TLS, and there is no tls/server.crt' 'Run ./setup --tls.' ;;
    esac
    return
  fi
  for path in tls/*.key; do
    is_private "$path" || finding "$path can be read by other users of this machine" "chmod 600 $path"
  done
  if command -v openssl > /dev/null && ! openssl x509 -in tls/server.crt -noout -checkend 2592000 > /dev/null 2>&1; then
    finding 'tls/server.crt ends within 30 days, or is no certificate' \
      'Move tls/server.crt and tls/server.key away, ./setup --tls, then restart the instances.'
  fi
}
