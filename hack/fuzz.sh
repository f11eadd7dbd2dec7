#!/bin/sh
# Runs every fuzz target of the module for the given time, one after the other.
#
#   hack/fuzz.sh 10s
set -eu

time=$1
cd "$(dirname "$0")/.."
list=$(grep -r -o -E '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' --exclude-dir=node_modules . |
	sed 's#^\(.*\)/[^/]*:func \(.*\)$#\1 \2#' | sort)
[ -n "$list" ] || { echo "fuzz: there are no targets" >&2; exit 1; }

echo "$list" | while read -r package target; do
	printf 'fuzz: %s in %s for %s\n' "$target" "$package" "$time"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" </dev/null
done
printf 'fuzz: nothing was found by %s targets\n' "$(echo "$list" | wc -l | tr -d ' ')"
