# The gateway as one static binary, without a shell and without root.
#   docker build -t whoseline .          # podman build --format docker: another format has no HEALTHCHECK
#   docker run -p 8080:8080 -e WHOSELINE_DATABASE__URL=… -e WHOSELINE_SECURITY__MASTER_KEY=… whoseline
FROM golang:1.26-bookworm AS build
WORKDIR /src
ARG GOPROXY=""
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# A tag such as v1.2.3; without one the binary names the release that its source names.
ARG VERSION=""
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w ${VERSION:+-X whoseline/app.Version=${VERSION#v}}" -o /out/whoseline . \
 && mkdir -p /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/whoseline /whoseline
COPY --from=build --chown=65532:65532 /out/data /data
ENV WHOSELINE_HTTP__ADDR=0.0.0.0:8080 \
    WHOSELINE_OPS__ADDR=127.0.0.1:9464 \
    WHOSELINE_DATABASE__URL=sqlite:/data/whoseline.db
USER 65532:65532
VOLUME /data
# Whatever user it runs as may look here for whoseline.toml; the home folder of the base is closed to others.
WORKDIR /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/whoseline", "healthcheck"]
ENTRYPOINT ["/whoseline"]
CMD ["serve"]
