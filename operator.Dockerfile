# syntax=docker/dockerfile:1
# The operator, and the helper that stands beside mongod; in an image without a shell.
#
#   docker build -f operator.Dockerfile --build-arg VERSION=v1.2.3 -t parley/operator .

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0
COPY go.mod go.sum ./
RUN --mount=type=cache,id=parley-gomod,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=dev
RUN --mount=type=cache,id=parley-gomod,target=/go/pkg/mod --mount=type=cache,id=parley-gobuild,target=/root/.cache/go-build \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.stamped=${VERSION}" -o /out/ ./cmd/operator ./cmd/member \
 && touch -d @0 /out/*

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=dev
LABEL org.opencontainers.image.title="Parley operator" \
      org.opencontainers.image.description="Makes running chats of ChatRooms in Kubernetes" \
      org.opencontainers.image.source="https://github.com/parley-chat/parley" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /out/operator /operator
COPY --from=build /out/member /member
WORKDIR /
# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
# Metrics; health.
EXPOSE 8080 8081
ENTRYPOINT ["/operator"]
