#!/usr/bin/env bash
# Builds WxAuth and serves it in Development, by default on http://localhost:5080 (ASPNETCORE_URLS tells otherwise).
# Arguments go to the program: ./run.sh --Jwt:Audience=orders, ./run.sh migrate.
# The development database is kept in .wxauth/ beside this script, wherever the script is called from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./.ci/install

if [ -z "${ConnectionStrings__WxAuth:-}" ]; then
  has_postgresql || install_package PostgreSQL postgresql
fi
dotnet build WxAuth.Api -c Release --nologo -v quiet -clp:NoSummary
export ASPNETCORE_ENVIRONMENT="${ASPNETCORE_ENVIRONMENT:-Development}"
export ASPNETCORE_URLS="${ASPNETCORE_URLS:-http://localhost:5080}"
# exec: signals reach the program itself.
exec dotnet WxAuth.Api/bin/Release/net10.0/WxAuth.Api.dll "$@"
