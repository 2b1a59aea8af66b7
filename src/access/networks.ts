/**
 * Addresses of the other end: whether one is in a list of addresses and networks, and which of them are one source.
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
    const plain = withoutMapping(address);
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  };
}

/** Who is counted as one source: an IPv4 address, or the first half of an IPv6 one, since a single host has all of the rest. */
export function sourceOf(address: string): string {
  const plain = withoutMapping(address);
  if (isIP(plain) !== 6) return plain;
  const [head = '', tail = ''] = plain.toLowerCase().split('::');
  const [first, last] = [head, tail].map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - first!.length - last!.length }, () => '0');
  const groups = plain.includes('::') ? [...first!, ...zeros, ...last!] : first!;
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** An IPv4 peer of a socket that listens on IPv6 has the form `::ffff:192.0.2.1`. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
