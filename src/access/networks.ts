/**
 * Whether an address is in a list of addresses and networks.
 */
import { BlockList, isIP } from 'node:net';

/** A network; an address is one of the full length. */
export interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly bits: number;
}

/** `192.0.2.0/24`, `192.0.2.7` or `2001:db8::/32` → a network; undefined when it is none. */
export function networkOf(text: string): Network | undefined {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0 || address.includes('%')) return undefined;
  const most = version === 4 ? 32 : 128;
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most)) return undefined;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return { address, family, bits: bits === undefined ? most : Number(bits) };
}

/** A list of networks, to ask about addresses. Texts that are none are left out: check them before. */
export function networkList(texts: readonly string[]): (address: string | null) => boolean {
  const list = new BlockList();
  for (const network of texts.map(networkOf))
    if (network) list.addSubnet(network.address, network.bits, network.family);
  return (address) => {
    if (address === null) return false;
    // An IPv4 peer of a socket that listens on IPv6 has this form.
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  };
}
