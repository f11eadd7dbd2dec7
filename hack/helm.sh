#!/bin/sh
# Builds Helm from its Go module as build/tools/helm, for the chart's tests. Quick when that
# is done already; some minutes otherwise.
set -eu
exec "$(dirname "$0")/tool.sh" helm.sh/helm/v4/cmd/helm@v4.3.1
