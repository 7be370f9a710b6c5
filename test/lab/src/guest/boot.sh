#!/bin/bash
# Process 1 of the guest, in its image: mounts what it shares with the host, and goes on as the checkout says.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts /dev/shm /mnt/out /mnt/lower /scoria
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
modprobe -a configfs overlay
mount -t configfs configfs /sys/kernel/config
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# The checkout is the host's and read only; what tools write beside it (caches) stays in the guest's memory.
if [ -n "$lab_checkout" ]; then
  mount -t hostfs -o "$lab_out" none /mnt/out
  mount -t hostfs -o "ro,$lab_checkout" none /mnt/lower
else
  nine=trans=virtio,version=9p2000.L,msize=512000
  mount -t 9p -o "$nine,cache=none" out /mnt/out
  mount -t 9p -o "ro,$nine,cache=loose" checkout /mnt/lower
fi
mkdir -p /run/upper /run/work
mount -t overlay -o lowerdir=/mnt/lower,upperdir=/run/upper,workdir=/run/work overlay /scoria
exec /bin/bash /scoria/test/lab/src/guest/init.sh
