#!/bin/bash
# Builds the image as its Dockerfile stands and runs it: alone on SQLite, as the Kubernetes manifests say, and as the compose
# file says. Debian's podman does it, without a registry and without systemd. Needs root, which base.sh needs for owners.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/images
[ "$(id -u)" = 0 ] || { echo "make images: run it as root" >&2; exit 1; }
for name in podman buildah runc podman-compose; do
	command -v "$name" >/dev/null || missing=1
done
[ -z "${missing:-}" ] || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	podman buildah runc podman-compose conmon netavark aardvark-dns iptables catatonit >/dev/null; }

# The store is thrown away at the end. vfs, chroot, runc and cgroupfs work inside another container and a small machine too.
folder=$(mktemp -d)
export CONTAINERS_STORAGE_CONF=$folder/storage.conf CONTAINERS_CONF=$folder/containers.conf BUILDAH_ISOLATION=chroot
cat >"$CONTAINERS_STORAGE_CONF" <<END
[storage]
driver = "vfs"
graphroot = "$folder/store"
runroot = "$folder/run"
END
cat >"$CONTAINERS_CONF" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "$folder/networks"
END

# podman complains on every call that no systemd runs its health checks; the tests ask for them themselves.
pod() { podman "$@" 2> >(grep -v -e systemd -e syslog >&2); }
step() { echo "== $*"; }
fail() {
	echo "FAILED: $*" >&2
	for name in $(pod ps -a --format '{{.Names}}'); do echo "-- $name" >&2 && pod logs "$name" 2>&1 | tail -n 5 >&2; done
	exit 1
}
clear_away() {
	pod pod rm -fa -t 0 >/dev/null || true
	pod rm -fa -t 0 >/dev/null || true
	pod volume rm -fa >/dev/null || true
	pod network prune -f >/dev/null || true
}
trap 'clear_away; rm -rf "$folder"' EXIT

# until_true SECONDS COMMAND…: tries until it works.
until_true() {
	local last=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $last ] || fail "in time: $*"
		sleep 0.2
	done
}
address() { pod inspect "$1" --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' | cut -d' ' -f1; }
build() { nice buildah bud -q --format docker --pull-never -v "$(go env GOMODCACHE):/go/pkg/mod" -v "$(go env GOCACHE):$(getent passwd root | cut -d: -f6)/.cache/go-build" "$@" . >/dev/null; }

# looks_up NAME URL: makes a business and a test key with the command line of a container, and asks whose number it is.
looks_up() {
	local business key answer
	business=$(pod exec "$1" /whoseline --json business create --name Acme | grep -o '"id":"[0-9a-f]*"' | cut -d'"' -f4)
	key=$(pod exec "$1" /whoseline --json key create --sandbox --business "$business" | grep -o '"token":"[^"]*"' | cut -d'"' -f4)
	answer=$(curl -sS -m 10 -H "token: $key" -H 'Content-Type: application/json' \
		-d '{"mobile":"08000000000","isSubjectConsent":true}' "$2/v2/api/identity/ng/phone")
	[[ $answer == *'"status":"found"'* ]] || fail "the lookup through $1: $answer"
}
# stops NAME: it is told to, drains, and has ended by itself within the time that the manifests leave it.
stops() {
	local begun=$SECONDS
	pod stop -t 40 "$1" >/dev/null
	[ "$(pod inspect "$1" --format '{{.State.ExitCode}}')" = 0 ] && [ $((SECONDS - begun)) -lt 30 ] || fail "$1 did not stop in time"
}

step base images, of this machine
$here/base.sh golang distroless postgres prometheus alertmanager

step the Dockerfile builds, and its image names the release
build -t whoseline
source_version=$(sed -n 's/^var Version = "\(.*\)"/\1/p' app/machine.go)
[ "$(pod run --rm whoseline --version)" = "whoseline version $source_version" ] || fail "without VERSION: $(pod run --rm whoseline --version)"
build --build-arg VERSION=v9.8.7 -t whoseline:tagged
[ "$(pod run --rm whoseline:tagged --version)" = "whoseline version 9.8.7" ] || fail "with VERSION: $(pod run --rm whoseline:tagged --version)"
pod run --rm --entrypoint /bin/sh whoseline -c true >/dev/null 2>&1 && fail "the image has a shell"

step alone: read-only, as 65532, on SQLite, healthy, serving, stopping
openssl rand -base64 32 >"$folder/key" && chmod 444 "$folder/key"
pod run -d --name alone --read-only --user 65532 --cap-drop ALL --security-opt no-new-privileges -v "$folder/key:/key:ro" \
	-e WHOSELINE_SECURITY__MASTER_KEY_FILE=/key whoseline >/dev/null
until_true 20 pod healthcheck run alone
[ "$(pod exec alone /whoseline verify >/dev/null && echo fine)" = fine ] || fail "verify"
looks_up alone "http://$(address alone):8080"
stops alone
pod healthcheck run alone >/dev/null 2>&1 && fail "a stopped container is healthy"
clear_away

step another user: it starts too
pod run --rm --read-only --user 4711 --cap-drop ALL whoseline --version >/dev/null || fail "as 4711"

step the Kubernetes manifests, played by podman
buildah tag whoseline whoseline:dev
go run ./$here/podmankube deploy/kubernetes/whoseline.yaml "$folder" postgres://whoseline:secret@database:5432/whoseline "$folder/key"
pod network create cluster >/dev/null
pod secret create whoseline-environment "$folder/environment.json" >/dev/null
play() { pod play kube --network cluster "$1" >/dev/null || fail "play $1"; }
play "$folder/mounted.yaml"
play $here/database.yaml
until_true 30 pod exec database-postgres pg_isready -h 127.0.0.1 --username=whoseline --dbname=whoseline
play "$folder/job.yaml"
[ "$(pod wait whoseline-migrate-migrate)" = 0 ] || fail "the job"
play "$folder/gateway.yaml"
gateway=whoseline-pod-0-gateway
at=$(pod inspect "$(pod inspect $gateway --format '{{.Pod}}' | xargs podman pod inspect --format '{{.InfraContainerID}}')" --format '{{.NetworkSettings.Networks.cluster.IPAddress}}')
for path in livez readyz; do until_true 20 curl -fsS -m 5 "http://$at:9464/$path"; done
[ "$(pod inspect $gateway --format '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}')" = "65532:65532 true" ] || fail "$gateway runs as $(pod inspect $gateway --format '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}')"
looks_up $gateway "http://$at:8080"
stops $gateway
clear_away

step the compose file, run by podman-compose
cp -r deploy "$folder/"
(umask 077 && printf 'POSTGRES_PASSWORD=%s\nMASTER_KEY=%s\nGRAFANA_PASSWORD=%s\n' "$(openssl rand -hex 24)" "$(cat "$folder/key")" unused >"$folder/deploy/.env")
up() { (cd "$folder/deploy" && podman-compose -p whoseline --no-ansi up --detach --no-build "$@") >"$folder/compose.log" 2>&1 || { cat "$folder/compose.log" >&2 && fail "compose up $*"; }; }
# Debian's podman-compose 1.0 starts what depends on others without waiting for them; docker compose waits.
up postgres
until_true 30 pod exec whoseline_postgres_1 pg_isready -h 127.0.0.1 --username=whoseline --dbname=whoseline
up migrate
[ "$(pod wait whoseline_migrate_1)" = 0 ] || fail "migrate"
up gateway alertmanager prometheus
until_true 20 curl -fsS -m 5 http://127.0.0.1:8080/docs
until_true 20 pod healthcheck run whoseline_gateway_1
looks_up whoseline_gateway_1 http://127.0.0.1:8080
value() { curl -sS -m 5 --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query | grep -q ',"1"\]'; }
until_true 60 value 'up{job="whoseline"}'
until_true 60 value 'count(whoseline_lookups_total{status="found",environment="sandbox"} >= 1)'
curl -sS -m 5 http://127.0.0.1:9090/api/v1/alertmanagers | grep -q '"activeAlertmanagers":\[{' || fail "Prometheus finds no Alertmanager"
curl -sS -m 5 http://127.0.0.1:9090/api/v1/rules | grep -q WhoselineGone || fail "Prometheus has no rules"
until_true 20 curl -fsS -m 5 http://127.0.0.1:9093/-/ready
stops whoseline_gateway_1
echo "== all of it works. Not tried here: Grafana's image, which Debian does not have"
