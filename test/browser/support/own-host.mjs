// @ts-check
/**
 * Has this process believe that it runs on a host of its own, so that a fleet can be seen in tests, and pictures of it are
 * the same on every machine.
 */
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/**
 * @param {string} name
 * @param {string} address one of those that are kept for documentation
 */
export function pretendHost(name, address) {
  os.hostname = () => name;
  os.networkInterfaces = () => ({
    eth0: [
      {
        ...{ address, netmask: '255.255.255.0', cidr: `${address}/24`, family: 'IPv4' },
        ...{ mac: '00:00:00:00:00:00', internal: false },
      },
    ],
  });
  syncBuiltinESMExports();
}
