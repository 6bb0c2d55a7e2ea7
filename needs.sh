#!/bin/sh
# Installs from Debian what the tests need and this machine does not have.
set -eu

have_postgres() {
	command -v initdb >/dev/null 2>&1 && command -v postgres >/dev/null 2>&1 && return 0
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

# Debian has promtool in the server's package, which would start the server. Only the tool is taken out of it.
install_promtool() {
	folder=$(mktemp -d)
	(
		cd "$folder"
		apt-get -qq -o APT::Sandbox::User=root download prometheus
		dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xf - ./usr/bin/promtool
	)
	$as_root install -m 755 "$folder/usr/bin/promtool" /usr/local/bin/promtool
	rm -rf "$folder"
}

missing=""
have_postgres || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
command -v haproxy >/dev/null 2>&1 || missing="$missing haproxy"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
[ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
promtool=""
command -v promtool >/dev/null 2>&1 || promtool=promtool
[ -z "$missing$promtool" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "needs:$missing $promtool (install them and run this again)" >&2
	exit 1
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
echo "installing$missing $promtool" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086
[ -z "$missing" ] || DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
[ -z "$promtool" ] || install_promtool
