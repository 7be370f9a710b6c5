#!/bin/bash
# Runs Debian's Cinder (API, scheduler, volume) with MariaDB, RabbitMQ and tgtd, all private to DIRECTORY and loopback.
#   unshare --mount --propagation private start.sh DIRECTORY API_PORT TGT_PORT
# Runs in a mount namespace of its own, because tgt-admin knows only tgtd's default control socket and configuration.
# Prints "infrastructure up", then "services started", and ends everything when stdin ends.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$1 api_port=$2 tgt_port=$3
mysql_port=$((api_port + 1)) rabbit_port=$((api_port + 2)) epmd_port=$((api_port + 3))
cd "$dir"
mkdir -p mysql rabbit log state/locks state/coord volumes files run
# Everything started below is in this group and ends with it. Erlang's port mapper would make itself a daemon, so it is
# started here first.
trap 'trap - EXIT; kill -KILL 0' EXIT TERM INT

mkdir -p /var/run/tgtd
mount -t tmpfs tmpfs /var/run/tgtd
mount -t tmpfs tmpfs /etc/tgt/conf.d
echo "include $dir/volumes/*" > /etc/tgt/conf.d/peer.conf

mariadb-install-db --user=root --datadir="$dir/mysql" --auth-root-authentication-method=normal --skip-test-db > log/mariadb-install.log 2>&1
mariadbd --no-defaults --user=root --datadir="$dir/mysql" --socket="$dir/run/mysql.sock" --port=$mysql_port --bind-address=127.0.0.1 > log/mariadb.log 2>&1 < /dev/null &
epmd -port $epmd_port -address 127.0.0.1 > log/epmd.log 2>&1 < /dev/null &
HOME=$dir ERL_EPMD_PORT=$epmd_port ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$rabbit_port RABBITMQ_DIST_PORT=$((api_port + 4)) \
  RABBITMQ_NODENAME=peer$api_port@localhost RABBITMQ_MNESIA_BASE="$dir/rabbit" RABBITMQ_LOG_BASE="$dir/log" \
  RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" /usr/lib/rabbitmq/bin/rabbitmq-server > log/rabbit.log 2>&1 < /dev/null &
tgtd -f -t 4 --iscsi portal=127.0.0.1:$tgt_port > log/tgtd.log 2>&1 < /dev/null &

until mariadb -uroot -S run/mysql.sock -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
mariadb -uroot -S run/mysql.sock -e "create database cinder character set utf8mb3; create user peer@127.0.0.1 identified by 'peer'; grant all on cinder.* to peer@127.0.0.1"
until (exec 3<>/dev/tcp/127.0.0.1/$rabbit_port) 2> /dev/null; do sleep 0.2; done

cat > cinder.conf <<CONF
[DEFAULT]
auth_strategy = noauth
transport_url = rabbit://guest:guest@127.0.0.1:$rabbit_port/
state_path = $dir/state
osapi_volume_listen = 127.0.0.1
osapi_volume_listen_port = $api_port
osapi_volume_workers = 2
api_paste_config = /etc/cinder/api-paste.ini
rootwrap_config = /etc/cinder/rootwrap.conf
enabled_backends = filetgt
my_ip = 127.0.0.1
log_file = $dir/log/cinder.log
quota_volumes = -1
quota_gigabytes = -1
[filetgt]
volume_driver = filetgt.FileTgtDriver
volume_backend_name = filetgt
target_helper = tgtadm
target_ip_address = 127.0.0.1
target_port = $tgt_port
volumes_dir = $dir/volumes
filetgt_dir = $dir/files
use_chap_auth = true
[database]
connection = mysql+pymysql://peer:peer@127.0.0.1:$mysql_port/cinder
[oslo_concurrency]
lock_path = $dir/state/locks
[coordination]
backend_url = file://$dir/state/coord
CONF
export PYTHONPATH=$here
/usr/bin/python3 /usr/bin/cinder-manage --config-file cinder.conf db sync > log/sync.log 2>&1
echo "infrastructure up"
for service in api scheduler volume; do
  /usr/bin/python3 /usr/bin/cinder-$service --config-file cinder.conf > log/$service.log 2>&1 < /dev/null &
done
echo "services started"
cat > /dev/null || true
