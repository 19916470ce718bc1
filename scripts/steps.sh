# shellcheck shell=bash
# What the scripts of this folder share: visible steps, failures that name their remedy, packages, the page.
# Sourced by bash scripts, which then stand in the root of the repository.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2034 # used by those who source this
BUILD_PACKAGES=(gcc g++ libc6-dev meson ninja-build pkg-config python3-minimal libuv1-dev librocksdb-dev libsqlite3-dev
    libwebsockets-dev libjansson-dev libsodium-dev libjwt-dev libinih-dev libcurl4-openssl-dev libcsv-dev libssl-dev
    libpcre2-dev libbrotli-dev zlib1g-dev libprotobuf-dev libprotoc-dev libcctz-dev tzdata libcmocka-dev uthash-dev)
STEP="start"

# step "what happens now": one line; its name appears in a failure.
step() {
    STEP=$1
    printf '%s\n' "==> $1"
}

# fail_with_remedy "what went wrong" "what to do"
fail_with_remedy() {
    printf '\n%s\n  step:   %s\n  remedy: %s\n' "failed: $1" "$STEP" "$2" >&2
    exit 1
}

# Any command that fails without its own remedy still tells where it was.
# shellcheck disable=SC2154
trap 'status=$?; printf "\nfailed: \"%s\" (exit status %s)\n  step:   %s\n  remedy: see the lines above; the step may be repeated\n" \
    "$BASH_COMMAND" "$status" "$STEP" >&2; exit "$status"' ERR
set -E

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail_with_remedy "installing packages needs root" "run this as root, or install sudo"
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages NAME..: quick and silent when all are there. Package lists are fetched when apt knows no candidate
# or an installation from old lists fails.
install_packages() {
    local name missing=()
    for name in "$@"; do
        is_installed "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        fail_with_remedy "this system has no apt-get" "install the equivalents of: ${missing[*]}"
    printf '    installing %s\n' "${missing[*]}"
    apt_install "${missing[@]}" && return 0
    as_root apt-get update -q >/dev/null || true
    apt_install "${missing[@]}" && return 0
    tail -n 20 "$APT_LOG" >&2
    fail_with_remedy "apt-get could not install ${missing[*]}" "see the lines above; is the package mirror reachable?"
}

APT_LOG=$(mktemp)
trap 'rm -f "$APT_LOG"' EXIT

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "$@" >"$APT_LOG" 2>&1 </dev/null
}

node_is_usable() {
    command -v node >/dev/null && command -v npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]
}

install_node() {
    node_is_usable && return 0
    install_packages nodejs npm
    hash -r
    node_is_usable || fail_with_remedy "the page needs Node.js 18 or newer" "install it, or remove the older one from PATH"
}

# install_node_modules FOLDER: npm ci, unless what is there came from the same lock file.
install_node_modules() {
    local stamp=$1/node_modules/.lock-installed log
    cmp -s "$1/package-lock.json" "$stamp" && return 0
    log=$(mktemp)
    if ! npm --prefix "$1" ci --no-audit --no-fund --loglevel=error >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        fail_with_remedy "npm ci in $1" "see the lines above; is the npm registry reachable?"
    fi
    rm -f "$log"
    cp "$1/package-lock.json" "$stamp"
}

# Names the state of everything the page is made of.
page_sources_sum() {
    find ui -type f -not -path '*/node_modules/*' -not -path 'ui/dist/*' -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

# The page's files in ui/dist; remade only when its sources changed.
build_page() {
    [ -f ui/package.json ] || return 0
    local sum
    sum=$(page_sources_sum)
    if [ -f ui/dist/index.html ] && [ "$sum" = "$(cat build/page.sum 2>/dev/null)" ]; then
        return 0
    fi
    step "build the page"
    install_node
    install_node_modules ui
    npm --prefix ui run --silent build </dev/null
    mkdir -p build
    printf '%s\n' "$sum" >build/page.sum
}

# configure FOLDER OPTION..: meson setup, or a change of options of a folder that is set up already. Compilers are
# named by the caller in CC and CXX. A folder from before there was C++ is set up anew: meson would take any compiler.
configure() {
    local folder=$1
    shift
    if [ -f "$folder/build.ninja" ] && ! grep -q cpp_COMPILER "$folder/build.ninja"; then
        rm -rf "$folder"
    fi
    if [ -f "$folder/build.ninja" ]; then
        meson configure "$folder" "$@" >/dev/null
        return 0
    fi
    mkdir -p build
    if ! meson setup "$folder" "$@" >"build/$(basename "$folder").setup.log" 2>&1; then
        tail -n 30 "build/$(basename "$folder").setup.log" >&2
        fail_with_remedy "meson setup $folder" "see the lines above"
    fi
}

# compile FOLDER [TARGET..]: shows only the last lines when all is well.
compile() {
    local folder=$1 log
    shift
    log=build/$(basename "$folder").compile.log
    if ! ninja -C "$folder" "$@" >"$log" 2>&1; then
        grep -E -A20 'error|FAILED' "$log" | head -n 60 >&2 || tail -n 30 "$log" >&2
        return 1
    fi
}
