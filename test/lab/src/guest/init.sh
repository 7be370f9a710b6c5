#!/bin/bash
# Process 1 of the guest: brings up what a test needs of a Debian, runs the tests of the shared checkout, and powers off.
# The host reads /mnt/out: results.json, output.log, exit.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts /dev/shm /mnt/out /mnt/lower /scoria
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mkdir -p /run/lock/iscsi /run/lvm /run/dbus
hostname lab
ip link set lo up
modprobe -a configfs overlay
mount -t configfs configfs /sys/kernel/config
mount -t cgroup2 cgroup2 /sys/fs/cgroup
nine=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o "$nine,cache=none" out /mnt/out
# The checkout is the host's and read only; what tools write beside it (caches) stays in the guest's memory.
mount -t 9p -o "ro,$nine,cache=loose" checkout /mnt/lower
mkdir -p /run/upper /run/work
mount -t overlay -o lowerdir=/mnt/lower,upperdir=/run/upper,workdir=/run/work overlay /scoria
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle --timeout=60
dbus-daemon --system --fork
echo 'InitiatorName=iqn.2026-01.test.lab:initiator' > /etc/iscsi/initiatorname.iscsi
printf 'defaults {\n  find_multipaths no\n  user_friendly_names no\n}\nblacklist {\n  devnode "^(vd|loop|ram|sr)"\n}\n' > /etc/multipath.conf
echo "LAB: up after $(cut -d' ' -f1 /proc/uptime) s"
cd /scoria || exit 1
# shellcheck disable=SC2046 # one argument per line of the file
node node_modules/vitest/vitest.mjs run --config test/lab/vitest.config.ts $(cat /mnt/out/arguments) > /mnt/out/output.log 2>&1
code=$?
dmesg > /mnt/out/dmesg.log
echo $code > /mnt/out/exit
sync
echo "LAB: done with $code after $(cut -d' ' -f1 /proc/uptime) s"
echo o > /proc/sysrq-trigger
sleep 30
