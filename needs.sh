#!/bin/sh
# Installs from Debian what the tests need and this machine does not have.
set -eu

have_postgres() {
	command -v initdb >/dev/null 2>&1 && command -v postgres >/dev/null 2>&1 && return 0
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

# Debian has the tools of Prometheus in the servers' packages, which would start the servers. Only the programs are taken out.
watchers="promtool prometheus amtool prometheus-alertmanager"
install_watchers() {
	folder=$(mktemp -d)
	(
		cd "$folder"
		apt-get -qq -o APT::Sandbox::User=root download prometheus prometheus-alertmanager
		for package in prometheus_*.deb prometheus-alertmanager_*.deb; do dpkg-deb -x "$package" .; done
	)
	for name in $watchers; do $as_root install -m 755 "$folder/usr/bin/$name" "/usr/local/bin/$name"; done
	rm -rf "$folder"
}

# Debian has no Helm. It is built from its module, which takes minutes the first time.
install_helm() {
	folder=$(mktemp -d)
	go build -modfile=release.mod -o "$folder/helm" helm.sh/helm/v3/cmd/helm
	$as_root install -m 755 "$folder/helm" /usr/local/bin/helm
	rm -rf "$folder"
}

missing=""
have_postgres || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
command -v haproxy >/dev/null 2>&1 || missing="$missing haproxy"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
[ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
watching=""
for name in $watchers; do command -v "$name" >/dev/null 2>&1 || watching=$watchers; done
helm=""
command -v helm >/dev/null 2>&1 || helm=helm
[ -z "$missing$watching$helm" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "needs:$missing $watching $helm (install them and run this again)" >&2
	exit 1
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
echo "installing$missing $watching $helm" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086
[ -z "$missing" ] || DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
[ -z "$watching" ] || install_watchers
[ -z "$helm" ] || install_helm
