# syntax=docker/dockerfile:1
# The web client behind a small web server, which forwards what the client asks to chat
# servers; in an image without a shell.
#
#   docker build -f client.Dockerfile --build-arg VERSION=v1.2.3 -t parley/webclient .

# The first two stages are those of server.Dockerfile up to the last step, so that both
# images share them.
FROM node:24.21.0-bookworm-slim AS client
WORKDIR /src/client
COPY client/package.json client/package-lock.json client/.npmrc ./
RUN --mount=type=cache,id=parley-npm,target=/root/.npm npm ci
COPY client/ ./
RUN npm run build

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0
COPY go.mod go.sum ./
RUN --mount=type=cache,id=parley-gomod,target=/go/pkg/mod go mod download
COPY . .
COPY --from=client /src/client/dist client/dist
ARG VERSION=dev
RUN --mount=type=cache,id=parley-gomod,target=/go/pkg/mod --mount=type=cache,id=parley-gobuild,target=/root/.cache/go-build \
    go build -tags embedclient -trimpath -buildvcs=false \
      -ldflags "-s -w -X github.com/parley-chat/parley/webclient.stamped=${VERSION}" \
      -o /out/webclient ./cmd/webclient \
 && touch -d @0 /out/*

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=dev
LABEL org.opencontainers.image.title="Parley web client" \
      org.opencontainers.image.description="The web client, and a web server that forwards to chat servers" \
      org.opencontainers.image.source="https://github.com/parley-chat/parley" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /out/webclient /webclient
WORKDIR /
# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --start-interval=1s --retries=3 CMD ["/webclient", "healthcheck"]
ENTRYPOINT ["/webclient"]
