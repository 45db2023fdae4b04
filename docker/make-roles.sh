#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the owner migrates, the application role serves and owns nothing.
set -eu
psql --set ON_ERROR_STOP=1 --quiet --username "$POSTGRES_USER" --dbname postgres \
    --set owner_password="$CREDENCE_OWNER_PASSWORD" --set app_password="$CREDENCE_APP_PASSWORD" <<'SQL'
CREATE ROLE credence_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE credence_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
CREATE DATABASE credence OWNER credence_owner;
REVOKE ALL ON DATABASE credence FROM PUBLIC;
GRANT CONNECT ON DATABASE credence TO credence_app;
SQL
