#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Called by mdevctl for each device of a type that has a compatibility document:
# refuses definitions that can't be started, and reads a device's configuration
# back. See Documentation/mdevctl.rst.
#
# usage: vmig.sh -t TYPE -e EVENT -a ACTION -s STATE -u UUID -p PARENT <DEFINITION
# Exit code: 0, 1 with "field: reason" on stderr, 2 if the type is not of this kind.
set -eu
export LC_ALL=C

# Always: mdevctl 1.2 passes over a script that has not read it all.
config=$(cat)

type='' event='' action='' uuid='' parent=''
while getopts t:e:a:s:u:p: option; do
	case $option in
	t) type=$OPTARG ;;
	e) event=$OPTARG ;;
	a) action=$OPTARG ;;
	u) uuid=$OPTARG ;;
	p) parent=$OPTARG ;;
	*) ;;
	esac
done

root=${MDEVCTL_ENV_ROOT:-}
types=$root/sys/class/mdev_bus/$parent/mdev_supported_types
device=$root/sys/bus/mdev/devices/$uuid
document=$(cat "$types/$type/migration_compatible" 2>/dev/null) || exit 2

program='
@vmig.awk@
'

# ask MODE CONFIG: of the program above.
ask() {
	mode=$1 config=$2 document=$document values=${values:-} awk "$program"
}

refuse() {
	echo "$*" >&2
	exit 1
}

number() {
	cat "$1" 2>/dev/null || echo 0
}

in_pool() {
	[ "$(cat "$types/$1/migration/pool" 2>/dev/null)" = "$pool" ]
}

# Does the pool have what the device needs, beside the other devices that are there?
check_pool() {
	left=$total
	for other in "$types"/*/devices/*; do
		of=${other%/devices/*}
		if [ "${other##*/}" != "$uuid" ] && in_pool "${of##*/}"; then
			left=$((left - $(number "$other/migration/capacity")))
		fi
	done
	[ "$need" -le "$left" ] ||
		refuse "aggregator: $count takes $need units of pool $pool, which has $left of $total left"
}

# And beside the others that are to start when the parent is there?
check_automatic() {
	left=$total others=
	for other in "$root/etc/mdevctl.d/$parent"/*; do
		if [ ! -f "$other" ] || [ "${other##*/}" = "$uuid" ]; then
			continue
		fi
		read -r when of times <<-END
		$(ask brief "$(cat "$other")")
		END
		if [ "$when" = auto ] && in_pool "$of"; then
			times=$((times * $(number "$types/$of/migration/units")))
			left=$((left - times))
			others="$others, ${other##*/} $times"
		fi
	done
	[ "$need" -le "$left" ] ||
		refuse "start: auto takes $need of $total units of pool $pool, of which others take${others#,}"
}

# Sets start, count, attributes and need of the definition, and target, what the
# device will be: a name and a value on each line.
check_definition() {
	target=$(ask check "$config") || refuse "$target"
	read -r start count attributes <<-END
	$target
	END
	target=${target#*
}
	# The first uevent of a parent may come before this is there.
	pool=$(cat "$types/$type/migration/pool" 2>/dev/null) || pool=
	total=$(number "$types/$type/migration/pool_total")
	need=$((count * $(number "$types/$type/migration/units")))
}

check_define() {
	check_definition
	# Version 1.4 asks for the attributes of a device that is there only later.
	if [ "$attributes" = 0 ] && [ -e "$device" ] && [ "$action" = define ]; then
		need=$(number "$device/migration/capacity")
	fi
	if [ -n "$pool" ] && [ "$start" = auto ]; then
		check_automatic
	fi
}

check_start() {
	check_definition
	[ -z "$pool" ] || check_pool
}

# put NAME VALUE: what a device has already is not written.
put() {
	[ "$(cat "$device/$1")" = "$2" ] || echo "$2" 2>/dev/null >"$device/$1"
}

# What it has, written again, changes nothing, and fails while it is open.
check_closed() {
	now=$(cat "$device/aggregator")
	echo "$now" 2>/dev/null >"$device/aggregator" ||
		refuse "live: $uuid is open, it can only be changed while it is closed"
}

# Twice, as a parameter may have to wait until another one is changed.
change_device() {
	check_closed
	for _ in 1 2; do
		refused=
		while read -r name value; do
			put "$name" "$value" || refused="$name: the device refused $value"
		done <<-END
		$target
		END
	done
	[ -z "$refused" ] || refuse "$refused: $(cat "$device/migration/last_error")"
}

print_attributes() {
	values=
	read -r names <"$types/$type/migration/dynamic_resources"
	for name in $names; do
		values="$values${values:+
}$name $(cat "$device/$name")"
	done
	ask attributes ''
}

case $event-$action in
get-capabilities)
	echo '{"supports":{"version":2,"actions":["start","stop","define","undefine",' \
		'"modify","attributes","capabilities"],' \
		'"events":["pre","post","notify","get","live"]}}'
	;;
get-attributes) print_attributes ;;
pre-define|pre-modify) check_define ;;
pre-start) check_start ;;
live-modify) check_start; change_device ;;
esac
