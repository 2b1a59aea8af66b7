// @ts-check
/**
 * Has this process believe that it runs on a host and in a folder of its own, so that a fleet can be seen in tests, and
 * pictures of it are the same on every machine.
 */
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { root } from '../../../scripts/setup/processes.mjs';

const FOLDER = '/srv/shop/';

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

/** Stack traces tell of an application that has Drover installed, in `/srv/shop`. */
export function pretendFolder() {
  Error.prepareStackTrace = (error, frames) =>
    [String(error), ...frames.map((frame) => `    at ${placed(String(frame))}`)].join('\n');
}

/** @param {string} frame */
function placed(frame) {
  return frame
    .replace(/(?<=file:\/\/|\()\/.*(?=node_modules\/)/, FOLDER)
    .replace(`${root}dist/`, `${FOLDER}node_modules/drover/dist/`)
    .replace(`${root}test/browser/support/`, `${FOLDER}src/`);
}
