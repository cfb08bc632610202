#!/bin/sh
# Run once by the database's container, when it is made: the owner of the tables, and the role of the running program.
set -eu
psql --username=postgres --set=ON_ERROR_STOP=1 --set=owner="$POSTGRES_PASSWORD" --set=program="$PROGRAM_PASSWORD" <<'END'
CREATE ROLE brigade LOGIN PASSWORD :'owner';
CREATE ROLE brigade_app LOGIN PASSWORD :'program';
CREATE DATABASE brigade OWNER brigade ENCODING 'UTF8' TEMPLATE template0;
END
