"""OpenStack Swift with its s3api: proxy, account, container and object server in one process on loopback.

    python3 serve.py DIRECTORY

One device, one replica, no replicators. Everything is below DIRECTORY, whose file system must know user.* attributes. DIRECTORY
must hold `users.json`: a list of {"account", "user", "key", "groups"}. Prints `port N` once the proxy listens.
"""
import json
import os
import sys

from swift.common import utils

directory = os.path.realpath(sys.argv[1]) if len(sys.argv) > 1 else ''
# Swift knows only /etc/swift, and reads it while its modules are imported.
utils.SWIFT_CONF_FILE = os.path.join(directory, 'swift.conf')


class Cache(object):
    """What tempauth and the proxy keep in memcached: tokens, and what they know of containers."""

    def __init__(self):
        self.values = {}

    def get(self, key, raise_on_error=False):
        return self.values.get(key)

    def set(self, key, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False):
        self.values[key] = value

    def incr(self, key, delta=1, time=0):
        self.values[key] = self.values.get(key, 0) + delta
        return self.values[key]

    def delete(self, key, server_key=None):
        self.values.pop(key, None)


def cache_factory(global_conf, **local_conf):
    """The `cache` filter of the pipeline."""
    cache = Cache()

    def factory(app):
        def call(env, start_response):
            env['swift.cache'] = cache
            return app(env, start_response)
        return call
    return factory


SERVER = """[DEFAULT]
swift_dir = {directory}
devices = {directory}
mount_check = false
bind_ip = 127.0.0.1
fallocate_reserve = 0
log_level = WARNING
log_address = {directory}/no-log
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
allow_versions = true
"""

PROXY = """[DEFAULT]
swift_dir = {directory}
bind_ip = 127.0.0.1
log_level = WARNING
log_address = {directory}/no-log
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth copy container-quotas slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:cache]
paste.filter_factory = serve:cache_factory
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
max_bucket_listing = 100
[filter:tempauth]
use = egg:swift#tempauth
{users}
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:copy]
use = egg:swift#copy
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
[filter:symlink]
use = egg:swift#symlink
"""


def write(name, text):
    path = os.path.join(directory, name)
    with open(path, 'w') as file:
        file.write(text)
    return path


def main():
    os.makedirs(os.path.join(directory, 'device'), exist_ok=True)
    write('swift.conf', '[swift-hash]\nswift_hash_path_suffix = test\n[swift-constraints]\nmax_header_size = 32768\n')
    utils.eventlet_monkey_patch()
    import eventlet
    from eventlet import wsgi
    from swift.common.ring import RingBuilder
    from swift.common.wsgi import SwiftHttpProtocol, loadapp

    with open(os.path.join(directory, 'users.json')) as file:
        users = '\n'.join(
            'user_%(account)s_%(user)s = %(key)s %(groups)s' % user for user in json.load(file))
    sockets = {name: eventlet.listen(('127.0.0.1', 0), backlog=128) for name in ('account', 'container', 'object', 'proxy')}
    configurations = {'proxy': write('proxy-server.conf', PROXY.format(directory=directory, users=users))}
    for name in ('account', 'container', 'object'):
        builder = RingBuilder(2, 1, 0)
        builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'ip': '127.0.0.1', 'device': 'device',
                         'port': sockets[name].getsockname()[1]})
        builder.rebalance()
        builder.get_ring().save(os.path.join(directory, name + '.ring.gz'))
        configurations[name] = write(name + '-server.conf', SERVER.format(directory=directory, name=name))
    servers = []
    for name, path in configurations.items():
        app = loadapp(path, global_conf={'log_name': name})
        # As swift's own server does it: the case of ETag matters to the clients of S3.
        servers.append(eventlet.spawn(wsgi.server, sockets[name], app, utils.NullLogger(), protocol=SwiftHttpProtocol,
                                      socket_timeout=60, capitalize_response_headers=False))
    print('port %d' % sockets['proxy'].getsockname()[1], flush=True)
    for server in servers:
        server.wait()


if __name__ == '__main__':
    main()
