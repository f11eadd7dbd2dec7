// Package compose tests what people meet who type `docker compose up`: from a clean copy
// of the repository, with a real Docker engine, by the very commands of the README.
//
// `make e2e-compose` runs it; the build tag compose keeps it out of everything else. It
// uses the engine that the docker command talks to, so DOCKER_HOST or a docker context
// may name one; it has to run on this machine, since its ports and files are used. Where
// no registry can be reached, the images that the Dockerfiles and docker-compose.yml name
// have to be there beforehand. Without an engine the test fails: it never skips.
package compose
