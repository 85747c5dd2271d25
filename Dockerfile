# syntax=docker/dockerfile:1
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# Docker's name of the platform: amd64 or arm64.
ARG TARGETARCH=amd64
WORKDIR /src
# What restore needs comes first, so that a change of code does not restore anew.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY WxAuth.Domain/WxAuth.Domain.csproj WxAuth.Domain/packages*.lock.json WxAuth.Domain/
COPY WxAuth.Infrastructure/WxAuth.Infrastructure.csproj WxAuth.Infrastructure/packages*.lock.json WxAuth.Infrastructure/
COPY WxAuth.Api/WxAuth.Api.csproj WxAuth.Api/packages*.lock.json WxAuth.Api/
# For arm64 make its lock files first: dotnet restore WxAuth.Api -p:RuntimeIdentifier=linux-arm64
RUN dotnet restore WxAuth.Api -p:RuntimeIdentifier=linux-$(echo $TARGETARCH | sed s/amd64/x64/) --locked-mode
COPY WxAuth.Domain WxAuth.Domain
COPY WxAuth.Infrastructure WxAuth.Infrastructure
COPY WxAuth.Api WxAuth.Api
COPY miniprogram/wxauth.js miniprogram/wxauth.js
RUN dotnet publish WxAuth.Api -c Release -r linux-$(echo $TARGETARCH | sed s/amd64/x64/) -o /app --no-restore

# Chiselled: no shell, no package manager.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app .
# Diagnostics would open a socket under /tmp; the root file system may be read-only.
ENV ASPNETCORE_HTTP_PORTS=8080 DOTNET_EnableDiagnostics=0
EXPOSE 8080
USER $APP_UID
ENTRYPOINT ["dotnet", "WxAuth.Api.dll"]
