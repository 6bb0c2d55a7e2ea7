#!/bin/sh
# Makes a release into dist/: a static binary for each platform, what each is made of, the Helm chart, and the sums of all.
# The version is the tag of the commit, or VERSION. Everything is built from a clean copy of the commit, twice, in folders
# with other names; what differs is no release. The second time, this machine's binary is built with an empty cache.
set -eu
cd "$(dirname "$0")"
go=${GO:-go}
tag=${VERSION:-$(git describe --tags --exact-match 2>/dev/null || true)}
case $tag in
v[0-9]*.[0-9]*.[0-9]*) ;;
*) echo "release: this commit has no tag such as v1.2.3 (git tag v1.2.3), and VERSION names none: \"$tag\"" >&2 && exit 1 ;;
esac
version=${tag#v}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tool() { "$go" tool -modfile=release.mod "$@"; }

# build SOURCE TARGET OS ARCH
build() {
	(cd "$1" && CGO_ENABLED=0 GOOS=$3 GOARCH=$4 GOFLAGS="${GOFLAGS:-} -mod=readonly" "$go" build -trimpath -buildvcs=true \
		-ldflags "-s -w -buildid= -X whoseline/app.Version=$version" -o "$2/whoseline-$version-$3-$4" .)
}

for copy in first second-time; do
	git clone -q --no-hardlinks . "$folder/$copy/source"
	git -C "$folder/$copy/source" checkout -q "$(git rev-parse HEAD)"
	mkdir -p "$folder/$copy/out"
done
own=$("$go" env GOHOSTOS)/$("$go" env GOHOSTARCH)
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do
	echo "building $tag for $platform, twice"
	build "$folder/first/source" "$folder/first/out" "${platform%/*}" "${platform#*/}"
	cache=$("$go" env GOCACHE)
	[ "$platform" != "$own" ] || cache=$folder/cache
	GOCACHE=$cache build "$folder/second-time/source" "$folder/second-time/out" "${platform%/*}" "${platform#*/}"
	name=whoseline-$version-$(echo "$platform" | tr / -)
	cmp "$folder/first/out/$name" "$folder/second-time/out/$name"
	tool cyclonedx-gomod bin -json -noserial -notimestamp -std -version "$tag" -output "$folder/first/out/$name.cdx.json" \
		"$folder/first/out/$name" 2>"$folder/said" || { cat "$folder/said" >&2 && exit 1; }
done
[ ! -x "$folder/first/out/whoseline-$version-$(echo "$own" | tr / -)" ] ||
	[ "$("$folder/first/out/whoseline-$version-$(echo "$own" | tr / -)" --version)" = "whoseline version $version" ]
if "$go" version -m "$folder/first/out"/whoseline-"$version"-* 2>/dev/null | grep -q 'CGO_ENABLED=1'; then
	echo "release: a binary is not static" >&2 && exit 1
fi

# The chart's archive has no times and no owners of this machine in it, so that it is the same each time too.
cp -r "$folder/first/source/deploy/helm" "$folder/whoseline"
sed -i "s/^version: .*/version: $version/; s/^appVersion: .*/appVersion: \"$version\"/" "$folder/whoseline/Chart.yaml"
tar -C "$folder" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - whoseline | gzip -9n >"$folder/first/out/whoseline-chart-$version.tgz"

rm -rf dist && mkdir dist
cp "$folder"/first/out/* dist/
(cd dist && sha256sum whoseline-* >SHA256SUMS)
echo "dist/ holds $tag:" && cat dist/SHA256SUMS
