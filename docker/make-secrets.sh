#!/usr/bin/env bash
# Draws the secrets of one installation into docker/secrets/ and docker/.env. Never overwrites what is there.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
for name in mysql_root session_secret token_secret tool_key_secret identity_key identity_hash_key; do
  [ -s "secrets/$name" ] || head -c 48 /dev/urandom | base64 | tr -d '\n+/=' >"secrets/$name"
done
# The application runs as another user than the one who draws; the folder keeps others out.
chmod 644 secrets/*_secret secrets/identity_*
[ -s .env ] || {
  echo "APP_PASSWORD=$(head -c 24 /dev/urandom | base64 | tr -d '\n+/=')"
  echo "MIGRATOR_PASSWORD=$(head -c 24 /dev/urandom | base64 | tr -d '\n+/=')"
} >.env
