#!/bin/sh
# Runs every fuzz target of the module for the given time, one after the other, and says
# how many inputs were tried. What a target finds is kept in its testdata/fuzz, where
# every test run tries it again.
#
#   hack/fuzz.sh 10s                       all of them
#   hack/fuzz.sh 10s 'chatserver/(name|chat) '   those in packages that match
set -eu

time=$1
cd "$(dirname "$0")/.."
list=$(grep -r -o -E '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' --exclude-dir=node_modules . |
	sed 's#^\(.*\)/[^/]*:func \(.*\)$#\1 \2#' | grep -E "${2:-.}" | sort)
[ -n "$list" ] || { echo "fuzz: there are no targets" >&2; exit 1; }
output=$(mktemp)
trap 'rm -f "$output"' EXIT

total=0
while read -r package target; do
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" </dev/null >"$output" 2>&1 || {
		cat "$output" >&2
		exit 1
	}
	tried=$(sed -n 's/^fuzz: .* execs: \([0-9]*\) .*/\1/p' "$output" | tail -n 1)
	total=$((total + ${tried:?"$target in $package tried nothing"}))
	printf 'fuzz: %9d inputs in %s for %s in %s\n' "$tried" "$time" "$target" "$package"
done <<EOF
$list
EOF
printf 'fuzz: nothing was found by %s targets in %s inputs\n' "$(echo "$list" | wc -l | tr -d ' ')" "$total"
