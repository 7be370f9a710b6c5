"""Cinder's chunked backup driver (posix), as its backup service uses it, without that service and its database.

    python3 chunked.py backup  VOLUME_FILE REPOSITORY BACKUP_ID [PARENT_ID]
    python3 chunked.py restore VOLUME_FILE REPOSITORY BACKUP_ID

Options of the driver are its defaults. Prints the seconds that the driver worked: its service would be running already, so imports
do not count.
"""
import contextlib
import json
import os
import sys
import time

import eventlet

eventlet.monkey_patch(os=False)

from cinder import objects  # noqa: E402
from cinder.backup import chunkeddriver  # noqa: E402
from cinder.backup.drivers import posix  # noqa: E402
from cinder.db import base  # noqa: E402

objects.register_all()


class Record(dict):
    """A backup's record: the database's row, kept as JSON beside the repository."""

    def __init__(self, path, values):
        super().__init__(values)
        self.path = path

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name)

    def __setattr__(self, name, value):
        if name == 'path':
            super().__setattr__(name, value)
        else:
            self[name] = value

    def save(self):
        with open(self.path, 'w') as file:
            json.dump(self, file)

    def refresh(self):
        pass

    @contextlib.contextmanager
    def as_read_deleted(self):
        yield


def main():
    verb, volume, repository, backup_id = sys.argv[1:5]
    parent_id = sys.argv[5] if len(sys.argv) > 5 else None
    records = os.path.join(repository, 'records')
    os.makedirs(records, exist_ok=True)
    path_of = lambda name: os.path.join(records, name + '.json')  # noqa: E731

    def load(context, name):
        with open(path_of(name)) as file:
            return Record(path_of(name), json.load(file))

    objects.Backup.get_by_id = load
    size = -(-os.path.getsize(volume) // 2 ** 30)

    class Database(object):
        @staticmethod
        def volume_get(context, volume_id):
            return {'size': size}

    base.Base.__init__ = lambda self: None
    base.Base.db = Database
    driver = posix.PosixBackupDriver(None, backup_path=os.path.join(repository, 'objects'))
    driver._send_progress_notification = lambda *arguments: None
    driver._send_progress_end = lambda *arguments: None
    if verb == 'backup':
        backup = Record(path_of(backup_id), {
            'id': backup_id, 'volume_id': '0' * 8, 'parent_id': parent_id, 'container': None, 'size': size,
            'status': 'creating', 'service_metadata': None, 'display_description': None, 'display_name': None,
            'created_at': '2026-01-01'})
        started = time.monotonic()
        with open(volume, 'rb') as file:
            driver.backup(backup, file, backup_metadata=False)
        seconds = time.monotonic() - started
    else:
        backup = load(None, backup_id)
        backup.status = 'restoring'
        started = time.monotonic()
        with open(volume, 'rb+') as file:
            driver.restore(backup, '0' * 8, file)
            file.flush()
            os.fsync(file.fileno())
        seconds = time.monotonic() - started
    print('seconds %.4f' % seconds)


main()
