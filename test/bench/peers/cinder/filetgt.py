"""A Cinder volume driver over sparse files and Cinder's own TgtAdm target.

The peer of the service benchmark: Cinder's real API, scheduler, message queue, database and tgt target code, over the
smallest possible backing store, so that what is compared is the control plane.
"""

import os

from oslo_config import cfg

from cinder import interface
from cinder.volume import configuration
from cinder.volume import driver

OPTIONS = [cfg.StrOpt("filetgt_dir", default="/tmp/filetgt", help="Directory of the volume files")]
cfg.CONF.register_opts(OPTIONS, group=configuration.SHARED_CONF_GROUP)


@interface.volumedriver
class FileTgtDriver(driver.VolumeDriver):
    VERSION = "1.0"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTIONS)
        from oslo_utils import importutils

        self.target_driver = importutils.import_object(
            "cinder.volume.targets.tgt.TgtAdm",
            configuration=self.configuration,
            executor=self._execute,
        )

    def _path(self, volume):
        return os.path.join(self.configuration.filetgt_dir, volume["name"])

    def check_for_setup_error(self):
        os.makedirs(self.configuration.filetgt_dir, exist_ok=True)

    def create_volume(self, volume):
        with open(self._path(volume), "wb") as handle:
            handle.truncate(volume["size"] * 2**30)

    def delete_volume(self, volume):
        try:
            os.unlink(self._path(volume))
        except FileNotFoundError:
            pass

    def ensure_export(self, context, volume):
        return self.target_driver.ensure_export(context, volume, self._path(volume))

    def create_export(self, context, volume, connector, vg=None):
        info = self.target_driver.create_export(context, volume, self._path(volume))
        return {"provider_location": info["location"], "provider_auth": info["auth"]}

    def remove_export(self, context, volume):
        self.target_driver.remove_export(context, volume)

    def initialize_connection(self, volume, connector):
        return self.target_driver.initialize_connection(volume, connector)

    def terminate_connection(self, volume, connector, **kwargs):
        return self.target_driver.terminate_connection(volume, connector, **kwargs)

    def validate_connector(self, connector):
        return self.target_driver.validate_connector(connector)

    def create_snapshot(self, snapshot):
        raise NotImplementedError()

    def delete_snapshot(self, snapshot):
        raise NotImplementedError()

    def create_volume_from_snapshot(self, volume, snapshot):
        raise NotImplementedError()

    def get_volume_stats(self, refresh=False):
        return {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name") or "filetgt",
            "vendor_name": "peer",
            "driver_version": self.VERSION,
            "storage_protocol": "iSCSI",
            "pools": [
                {
                    "pool_name": "filetgt",
                    "total_capacity_gb": 100000,
                    "free_capacity_gb": 100000,
                    "reserved_percentage": 0,
                    "thin_provisioning_support": True,
                    "max_over_subscription_ratio": "20",
                    "provisioned_capacity_gb": 0,
                }
            ],
        }
