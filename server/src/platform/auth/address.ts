import { BlockList, isIP } from 'node:net';

/** True for the network addresses that a list names. */
export type AddressRule = (address: string | null) => boolean;

/** IPv4 inside IPv6 (RFC 4291, 2.5.5.2), as a socket that listens on `::` gives the address of an IPv4 caller. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address as it is compared and shown: without a zone, IPv4 as IPv4. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '');
  return MAPPED.exec(bare)?.[1] ?? bare;
}

/**
 * Rule of a list of IPv4 and IPv6 addresses and networks (CIDR). An empty list allows every address, also an unknown
 * one; any other list only what it names, so an address that cannot be read is refused.
 */
export function addressRule(allowed: readonly string[]): AddressRule {
  if (allowed.length === 0) return () => true;
  const list = new BlockList();
  for (const entry of allowed) {
    const [network = '', bits] = entry.split('/');
    if (bits === undefined) list.addAddress(plainAddress(network), familyOf(plainAddress(network)));
    else list.addSubnet(network, Number(bits), familyOf(network));
  }
  return (address) => {
    const plain = address === null ? '' : plainAddress(address);
    return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
  };
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
