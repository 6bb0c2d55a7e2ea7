# The gateway as one static binary, without a shell and without root.
#   docker build -t whoseline .
#   docker run -p 8080:8080 -e WHOSELINE_DATABASE__URL=… -e WHOSELINE_SECURITY__MASTER_KEY=… whoseline
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X whoseline/app.Version=${VERSION}" -o /out/whoseline . \
 && mkdir -p /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/whoseline /whoseline
COPY --from=build --chown=65532:65532 /out/data /data
ENV WHOSELINE_HTTP__ADDR=0.0.0.0:8080 \
    WHOSELINE_OPS__ADDR=127.0.0.1:9464 \
    WHOSELINE_DATABASE__URL=sqlite:/data/whoseline.db
USER 65532:65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/whoseline", "healthcheck"]
ENTRYPOINT ["/whoseline"]
CMD ["serve"]
