#!/bin/sh
# Makes the base images that the Dockerfile and deploy/ name from this machine's own files, for machines that reach no
# registry: same names, users, folders and commands as the originals, Debian's versions of the programs. They are for tests
# alone. Needs root, and what needs.sh installs.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# begin makes the root of an image: the folders of Debian, certificates, zones and the users that both know.
begin() {
	root=$folder/$1
	mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64" "$root/etc/ssl/certs" "$root/usr/share" "$root/run" "$root/var/lib"
	for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
	install -d -m 1777 "$root/tmp"
	cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
	cp -a /usr/share/zoneinfo "$root/usr/share/"
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\nnonroot:x:65532:\n' >"$root/etc/group"
	echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
}

# put copies programs to where they are here, with the libraries that they load.
put() {
	for program in "$@"; do
		cp -L --parents "$program" "$root"
		ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | sort -u | while read -r library; do cp -L --parents "$library" "$root"; done
	done
}

shell_tools() {
	for name in dash mkdir cat chmod chown id ls mv rm sed install; do put "$(command -v "$name")"; done
	ln -s dash "$root/usr/bin/sh"
}

# commit makes the image NAME of the root; the other arguments are what buildah config takes.
commit() {
	name=$1
	shift
	container=$(buildah from scratch)
	tar -C "$root" -cf "$folder/root.tar" . # an archive keeps owners
	buildah add -q "$container" "$folder/root.tar" / >/dev/null
	buildah config "$@" "$container"
	buildah commit -q "$container" "$name" >/dev/null
	buildah rm "$container" >/dev/null
	rm -rf "$root" "$folder/root.tar"
	echo "made $name"
}

golang() {
	begin golang
	shell_tools
	mkdir -p "$root/usr/local" "$root/go"
	cp -a "$(go env GOROOT)" "$root/usr/local/go"
	rm -rf "$root/usr/local/go/test" "$root/usr/local/go/pkg/mod"
	commit docker.io/library/golang:1.26-bookworm --workingdir /go --env GOPATH=/go --env GOTOOLCHAIN=local \
		--env PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
}

distroless() {
	begin distroless
	install -d -o 65532 -g 65532 -m 700 "$root/home/nonroot"
	commit gcr.io/distroless/static-debian12:nonroot --user 65532 --workingdir /home/nonroot \
		--env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
}

postgres() {
	begin postgres
	shell_tools
	version=$(ls /usr/lib/postgresql | sort -n | tail -n 1)
	own=/usr/lib/postgresql/$version
	put /usr/bin/setpriv "$own"/bin/postgres "$own"/bin/initdb "$own"/bin/pg_ctl "$own"/bin/pg_isready "$own"/bin/psql
	find "$own/lib" -name '*.so' ! -name 'llvm*' -exec cp -L --parents {} "$root" \;
	(cd / && cp -a --parents "usr/share/postgresql/$version" usr/lib/locale/C.utf8 "$root")
	echo 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' >>"$root/etc/passwd"
	echo 'postgres:x:999:' >>"$root/etc/group"
	install -d -o 999 -g 999 "$root/var/lib/postgresql/data" "$root/run/postgresql"
	ln -s /run "$root/var/run"
	install -m 755 "$(dirname "$0")/postgres-entrypoint.sh" "$root/usr/bin/docker-entrypoint.sh"
	commit docker.io/library/postgres:16 --env "PATH=$own/bin:/usr/bin:/bin" --env PGDATA=/var/lib/postgresql/data --env LANG=C.UTF-8 \
		--volume /var/lib/postgresql/data --stop-signal SIGINT --port 5432 --entrypoint '["docker-entrypoint.sh"]' --cmd postgres
}

# watcher makes an image of one of Prometheus's programs as its project ships it: IMAGE PROGRAM NAME.
watcher() {
	begin "$2"
	program=$(command -v "$2")
	mkdir -p "$root/etc/$3" "$root/bin"
	install -m 755 "$program" "$root/usr/bin/$3"
	ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | sort -u | while read -r library; do cp -L --parents "$library" "$root"; done
	install -d -o 65534 -g 65534 "$root/$3"
	mkdir -p "$root/usr/share/prometheus/$3" && touch "$root/usr/share/prometheus/$3/default.tmpl" "$root/usr/share/prometheus/$3/email.tmpl" # Debian's reads them
	commit "$1" --user 65534 --workingdir "/$3" --volume "/$3" --entrypoint "[\"/bin/$3\"]"
}

for image in "$@"; do
	case $image in
	golang | distroless | postgres) "$image" ;;
	prometheus) watcher docker.io/prom/prometheus:v3.5.0 prometheus prometheus ;;
	alertmanager) watcher docker.io/prom/alertmanager:v0.28.1 prometheus-alertmanager alertmanager ;;
	*) echo "base.sh: there is no recipe for $image" >&2 && exit 2 ;;
	esac
done
