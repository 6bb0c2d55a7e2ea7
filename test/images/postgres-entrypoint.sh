#!/bin/sh
# Stands in for the entrypoint of the image postgres: makes the database on the first start, then becomes the server.
set -eu
if [ "$(id -u)" = 0 ]; then
	install -d -o postgres -g postgres -m 700 "$PGDATA"
	chown postgres:postgres /run/postgresql
	exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	: "${POSTGRES_PASSWORD:?}"
	user=${POSTGRES_USER:-postgres}
	umask 077
	echo "$POSTGRES_PASSWORD" >/tmp/first
	initdb --username="$user" --pwfile=/tmp/first --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 >/dev/null
	rm /tmp/first
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	pg_ctl -w start -o "-c listen_addresses=" >/dev/null
	[ "${POSTGRES_DB:-$user}" = postgres ] || psql -q -U "$user" -d postgres -c "CREATE DATABASE \"${POSTGRES_DB:-$user}\""
	pg_ctl -w stop >/dev/null
fi
[ "$1" = postgres ] && exec postgres -c listen_addresses='*' -c jit=off
exec "$@"
