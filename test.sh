#!/usr/bin/env bash
# Restores with the lock files, builds, checks the format and runs all tests. Ends with "N passed, N failed" of the run itself.
# Arguments go to xunit's own runner and choose tests: ./test.sh -class WxAuth.Tests.LoginTests, -method '*refused*'
# (all of them: ./WxAuth.Tests/bin/Release/net10.0/WxAuth.Tests -?).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./.ci/install

has_postgresql || install_package PostgreSQL postgresql
has_chromium || install_package Chromium chromium
has_node || install_package Node.js nodejs
has_npm || install_package npm npm

dotnet restore WxAuth.sln --locked-mode -v quiet
dotnet build WxAuth.sln -c Release --no-restore --nologo -v quiet -clp:NoSummary -warnaserror
dotnet format WxAuth.sln --verify-no-changes --no-restore

mkdir -p TestResults
results=$PWD/TestResults/results.trx
rm -f "$results"
color=()
[ -t 1 ] || color=(-noColor)
status=0
dotnet WxAuth.Tests/bin/Release/net10.0/WxAuth.Tests.dll -noLogo "${color[@]}" -trx "$results" "$@" </dev/null || status=$?

# The runner writes its results last: a run that crashed has none.
counters=$(grep -o '<Counters [^>]*>' "$results" 2>/dev/null || true)
if [ -z "$counters" ]; then
  echo "The test run ended with code $status and without results." >&2
  exit 1
fi
count() {
  sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"
}
passed=$(count passed) failed=$(($(count failed) + $(count error))) skipped=$(count notExecuted)
[ $((passed + failed)) -gt 0 ] || { echo "No test ran." >&2; status=1; }
[ "$failed" = 0 ] || status=1
summary="$passed passed, $failed failed"
[ "$skipped" = 0 ] || summary+=", $skipped skipped"
echo "$summary"
exit "$status"
