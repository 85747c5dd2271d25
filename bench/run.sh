#!/bin/bash
# Measures the published API against the least program that does the same job.
#   bench/run.sh          the table: every figure, start-up, memory, many connections (about 8 minutes)
#   bench/run.sh growth   how each figure grows from 10,000 to 1,000,000 users
#   bench/run.sh soak     ten minutes at half of the maximum
#   bench/run.sh storm    two hundred first logins of one openid at once, beside other logins
# Settings: BENCH_BASE (a commit: that release is measured too, in turn with today's), BENCH_SECONDS, BENCH_ROUNDS, BENCH_CONNECTIONS, BENCH_USERS,
# BENCH_STARTS, BENCH_SIZES ("10000 1000000"), BENCH_MINUTES (soak), BENCH_STORM and BENCH_RATE (storm: how many at once, other logins a second),
# BENCH_LIMIT_MINUTES, BENCH_FIGURES (only those with this in their name), BENCH_WITHOUT_API=1 (the floor alone).
# Needs .NET, Node 20, openssl; wrk and PostgreSQL are installed where they are missing and apt is there.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-table}
case $mode in table | growth | soak | storm) ;; *) echo "usage: bench/run.sh [table|growth|soak|storm]" >&2; exit 2 ;; esac

BENCH_LOAD=$(cut -d' ' -f1 /proc/loadavg)
export BENCH_LOAD

need() { # command, Debian package
    command -v "$1" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get install -y --no-install-recommends "$2" >&2 ||
            { apt-get update >&2 && apt-get install -y --no-install-recommends "$2" >&2; }
    else
        echo "$1 is missing: apt-get install $2" >&2
        exit 1
    fi
}
need wrk wrk
need initdb postgresql
need openssl openssl
need node nodejs
need setpriv util-linux

out=artifacts/bench/bin
rm -rf "$out"
for project in bench/WxAuth.Bench.{Floor,WeChat,Probe}; do
    dotnet publish "$project" -c Release -o "$out/$(basename "$project")" -v quiet --nologo >&2
done
publish_api() { # the sources' folder, the program's
    # As docs/operations.md has it published.
    (cd "$1" && dotnet publish WxAuth.Api -c Release -r "linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" -o "$2" -v quiet --nologo >&2)
}

[ -n "${BENCH_WITHOUT_API:-}" ] || publish_api . "$PWD/$out/WxAuth.Api"

unset BENCH_BEFORE
if [ -n "${BENCH_BASE:-}" ]; then
    BENCH_BASE=$(git rev-parse --verify --quiet --short "$BENCH_BASE^{commit}") || { echo "BENCH_BASE names no commit that is here" >&2; exit 2; }
    export BENCH_BASE BENCH_BEFORE=$PWD/artifacts/bench/before/$BENCH_BASE
    if [ ! -d "$BENCH_BEFORE" ]; then
        sources=$PWD/artifacts/bench/sources
        rm -rf "$sources"
        mkdir -p "$sources"
        git archive "$BENCH_BASE" | tar -x -C "$sources"
        publish_api "$sources" "$sources/published"
        mkdir -p "${BENCH_BEFORE%/*}"
        mv "$sources/published" "$BENCH_BEFORE" # whole, or not there
        rm -rf "$sources"
    fi
fi

BENCH_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/wxauth-bench.XXXXXX")
export BENCH_FOLDER
chmod 711 "$BENCH_FOLDER" # PostgreSQL's user has to reach its folder in it
runner=
trap 'if [ -n "$runner" ]; then kill -TERM "$runner" 2>/dev/null && wait "$runner" || true; fi; rm -rf "$BENCH_FOLDER"' EXIT
trap 'exit 130' INT TERM HUP
node bench/bench.mjs "$mode" &
runner=$!
wait "$runner"
