# syntax=docker/dockerfile:1
# The chat server: one static program with the web client inside, in an image without a
# shell.
#
#   docker build -f server.Dockerfile --build-arg VERSION=v1.2.3 -t parley/chatserver .

# The client. What changes rarely comes first, so that a change of source does not install
# packages again.
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
# Go's own cache makes this seconds. The folder is for a SQLite file; it has to be the
# user's before a volume is mounted there. Without times the same source makes the same
# layers.
RUN --mount=type=cache,id=parley-gomod,target=/go/pkg/mod --mount=type=cache,id=parley-gobuild,target=/root/.cache/go-build \
    go build -tags embedclient,grpcnotrace -trimpath -buildvcs=false \
      -ldflags "-s -w -X github.com/parley-chat/parley/chatserver/config.stamped=${VERSION}" \
      -o /out/chatserver ./cmd/chatserver \
 && mkdir /out/data \
 && touch -d @0 /out/*

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=dev
LABEL org.opencontainers.image.title="Parley chat server" \
      org.opencontainers.image.description="Chat in channels: server and web client in one program" \
      org.opencontainers.image.source="https://github.com/parley-chat/parley" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /out/chatserver /chatserver
COPY --from=build --chown=65532:65532 /out/data /data
# The default store, sqlite:data/chat.db, is /data/chat.db then.
WORKDIR /
# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
# Chat; metrics and health, which are not for the public.
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s --retries=3 CMD ["/chatserver", "healthcheck"]
ENTRYPOINT ["/chatserver"]
