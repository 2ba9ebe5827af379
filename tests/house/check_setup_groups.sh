#!/bin/sh
# check_setup_groups.sh DEV: every group that `./dev setup` knows is named by
# `./dev help`, and by the error about one it does not know.
dev=$1
known=$(sed -n '/^packages_of()/,/esac/s/^ *\([a-z]*\)) echo.*/\1/p' "$dev")
help=$("$dev" help)
told=$("$dev" setup no_such_group 2>&1) && {
  echo "setup: took the group no_such_group" >&2
  exit 1
}
count=0
failed=0
for group in $known peers; do  # peers has no Debian package
  count=$((count + 1))
  echo "$help" | sed -n '/dev setup/,/default/p' | grep -qw "$group" ||
    { echo "dev help: does not name the group $group" >&2; failed=1; }
  echo "$told" | grep -qw "$group" ||
    { echo "setup: its error does not name the group $group" >&2; failed=1; }
done
[ $count -gt 10 ] || { echo "$dev: found $count groups, want more" >&2; exit 1; }
exit $failed
