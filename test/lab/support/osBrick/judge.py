"""Debian's os-brick on standard input and output: a request per line, an answer per line, both JSON.

It is given nothing but what a volume service answers to a host: connection information."""
import json
import sys
import time
import traceback

import os_brick
from os_brick import privileged
from os_brick.initiator import connector
from oslo_concurrency import lockutils
from oslo_config import cfg

answers = sys.stdout
sys.stdout = sys.stderr
cfg.CONF([], project='lab', default_config_files=[])
lockutils.set_defaults('/tmp/os-brick-locks')
os_brick.setup(cfg.CONF)
# This process is root already: no daemon for what needs it.
privileged.default.set_client_mode(False)

made = {}


def connector_of(request):
    key = (request['protocol'], request['multipath'])
    if key not in made:
        made[key] = connector.InitiatorConnector.factory(
            request['protocol'], None, use_multipath=request['multipath'], device_scan_attempts=3)
    return made[key]


def run(request):
    judge, data, device = connector_of(request), request['data'], request.get('device')
    verb = request['verb']
    if verb == 'connect':
        return judge.connect_volume(data)
    if verb == 'check':
        return judge.check_valid_device(device['path'])
    if verb == 'extend':
        return judge.extend_volume(data)
    if verb == 'disconnect':
        return judge.disconnect_volume(data, device)
    raise ValueError(verb)


for line in sys.stdin:
    began = time.monotonic()
    try:
        answer = {'result': run(json.loads(line))}
    except Exception as error:  # whatever it is, the test is to see it
        traceback.print_exc()
        answer = {'error': f'{type(error).__name__}: {error}'}
    answer['milliseconds'] = round((time.monotonic() - began) * 1000)
    print(json.dumps(answer), file=answers, flush=True)
