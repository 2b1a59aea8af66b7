# shellcheck shell=bash
# A certificate authority of the kit's own, and a server certificate that it signs, for both instances.
#
# What is there already is kept: without `server.crt` a new one comes from the same authority, so clients that
# trust `ca.crt` go on. Keys are made beside `tls/` and moved into it, the certificate last. The working folder
# is the kit. Sourced by `setup`.

CA_DAYS=3650
SERVER_DAYS=825

need_openssl() {
  command -v openssl > /dev/null || fail 'openssl is needed for --tls' 'Install it: apt install openssl'
}

# make_certificates HOST... - names and addresses beside those that the kit itself uses.
make_certificates() {
  local work="tls.making.$$"
  if [ -e tls/server.crt ]; then
    fail 'tls/server.crt is there, and is left as it is' \
      'For a new one move tls/server.crt and tls/server.key away; for a new authority all of tls/. Then run this again.'
  fi
  mkdir "$work"
  mkdir -p tls
  # Clients read ca.crt in it; the keys are closed each for itself.
  chmod 755 tls
  if [ ! -e tls/ca.crt ] || [ ! -e tls/ca.key ]; then make_authority "$work"; fi
  make_server_certificate "$work" "$@"
  say "tls/: made; clients trust tls/ca.crt (Node: NODE_EXTRA_CA_CERTS=$PWD/tls/ca.crt)"
}

make_authority() {
  quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days "$CA_DAYS" \
    -subj '/CN=Redis kit authority' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -keyout "$1/ca.key" -out "$1/ca.crt"
  # The authority's key signs and nothing else: no instance needs it, so it stays with whoever runs this.
  put_certificate "$1" ca.key 600
  put_certificate "$1" ca.crt 644
}

# make_server_certificate FOLDER HOST...
make_server_certificate() {
  local work=$1 names='DNS:localhost,DNS:redis-queue,DNS:redis-cache,IP:127.0.0.1,IP:::1' host
  shift
  for host in "$@"; do
    if [[ $host =~ ^[0-9.]+$ || $host == *:* ]]; then names="$names,IP:$host"; else names="$names,DNS:$host"; fi
  done
  quietly openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
    -subj '/CN=redis-kit' -keyout "$work/server.key" -out "$work/server.csr"
  # Both uses: with `tls-replication` an instance is a client, too.
  printf 'subjectAltName=%s\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n' \
    "$names" > "$work/extensions"
  quietly openssl x509 -req -sha256 -days "$SERVER_DAYS" -in "$work/server.csr" -CA tls/ca.crt -CAkey tls/ca.key \
    -set_serial "0x$(random_password | cut -c 1-31)" -extfile "$work/extensions" -out "$work/server.crt"
  put_certificate "$work" server.key 600
  give_to_instances tls/server.key
  put_certificate "$work" server.crt 644
}

# put_certificate FOLDER NAME MODE - moves it to its place.
put_certificate() {
  chmod "$3" "$1/$2"
  mv -f "$1/$2" "tls/$2"
}

# quietly COMMAND... - its words only when it fails.
quietly() {
  local words
  words=$("$@" 2>&1) || fail "$1 failed: $words" 'Nothing of it was put into tls/.'
}
