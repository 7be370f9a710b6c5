#!/bin/bash
# The guest's start: brings up what a test needs of a Debian, runs the tests of the shared checkout, and powers off.
# The host reads /mnt/out: results.json, output.log, exit.
mkdir -p /run/lock/iscsi /run/lvm /run/dbus
hostname lab
ip link set lo up
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle --timeout=60
dbus-daemon --system --fork
echo 'InitiatorName=iqn.2026-01.test.lab:initiator' > /etc/iscsi/initiatorname.iscsi
printf 'defaults {\n  find_multipaths no\n  user_friendly_names no\n}\nblacklist {\n  devnode "^(vd|ubd|loop|ram|sr)"\n}\n' > /etc/multipath.conf
echo "LAB: up after $(cut -d' ' -f1 /proc/uptime) s"
cd /scoria || exit 1
# shellcheck disable=SC2046 # one argument per line of the file
node node_modules/vitest/vitest.mjs run --config test/lab/vitest.config.ts $(cat /mnt/out/arguments) > /mnt/out/output.log 2>&1
code=$?
dmesg > /mnt/out/dmesg.log
echo $code > /mnt/out/exit
# The power goes without a sync: what somebody promised to be durable has to be. The host has its files already.
echo "LAB: done with $code after $(cut -d' ' -f1 /proc/uptime) s"
echo o > /proc/sysrq-trigger
sleep 30
