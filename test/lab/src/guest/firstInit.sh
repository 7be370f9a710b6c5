#!/bin/busybox sh
# The first stage: loads what the root file system needs, and goes there.
B=/bin/busybox
$B mount -t proc none /proc
$B mount -t sysfs none /sys
$B mount -t devtmpfs none /dev
for module in $($B cat /modules/order); do
  $B insmod "/modules/$module" 2>/dev/null || echo "insmod $module failed"
done
tries=0
while [ ! -b /dev/vda ] && [ $tries -lt 200 ]; do
  tries=$((tries + 1))
  $B usleep 50000
done
$B mount -t ext4 -o rw,noatime /dev/vda /newroot || { echo 'LAB: no root file system'; $B poweroff -f; }
$B mount --move /dev /newroot/dev
$B umount /sys
$B umount /proc
exec $B switch_root /newroot /sbin/lab-init
