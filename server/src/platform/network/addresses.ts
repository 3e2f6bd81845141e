/** Why a name may not lead to an address: what lies there is the platform's own machine or the cloud's own services. */
export type Danger = 'loopback' | 'link-local' | 'unspecified' | 'multicast' | 'reserved' | 'metadata';

/** Services of clouds that hand out credentials, outside the link-local range: AWS, Google, Alibaba, Azure, Oracle, Volcano. */
const METADATA: readonly string[] = [
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '100.96.0.96',
];

/**
 * One spelling for each host: lower case, IDN as Punycode (UTS 46), no dot at the end, IPv4 in any spelling (octal,
 * hexadecimal, one number, mapped into IPv6) as four decimals, IPv6 compressed and in brackets (RFC 5952), without a zone.
 * The WHATWG URL parser does the reading, so it is what fetch, browsers and our own requests understand.
 * @returns null for what is no host
 */
export function normalHost(written: string): string | null {
  const bare = written.trim().replace(/^\[(.*)\]$/, '$1');
  const isV6 = bare.includes(':');
  const text = isV6 ? `[${bare.replace(/%.*$/, '')}]` : bare;
  if (text === '' || /[\s/\\?#@]/.test(text)) return null;
  const url = `http://${text}/`;
  if (!URL.canParse(url)) return null;
  const host = new URL(url).hostname.replace(/\.$/, '');
  if (!/^(\[[\da-f:]+\]|[\w.-]+)$/.test(host)) return null;
  const groups = groupsOf(host);
  return groups !== null && isMapped(groups) ? dotted(groups, 6) : host;
}

/** True for a host in the form of `normalHost` that is an address and no name. */
export const isAddress = (host: string): boolean => groupsOf(host) !== null || numbersOf(host) !== null;

/** What is dangerous about an address in the form of `normalHost`; null for an ordinary one, private ranges among them. */
export function dangerOf(address: string): Danger | null {
  if (METADATA.includes(address)) return 'metadata';
  const numbers = numbersOf(address);
  if (numbers) return dangerOfV4(numbers);
  const groups = groupsOf(address);
  if (!groups) return 'reserved';
  return dangerOfV6(groups) ?? dangerInside(groups);
}

function dangerOfV4([first = 0, second = 0]: readonly number[]): Danger | null {
  if (first === 0) return 'unspecified';
  if (first === 127) return 'loopback';
  if (first === 169 && second === 254) return 'link-local';
  if (first >= 224 && first < 240) return 'multicast';
  return first >= 240 ? 'reserved' : null;
}

function dangerOfV6(groups: readonly number[]): Danger | null {
  const [first = 0] = groups;
  const last = groups[7] ?? 0;
  if (groups.slice(0, 7).every((group) => group === 0) && last <= 1)
    return last === 0 ? 'unspecified' : 'loopback';
  // fec0::/10 was the site-local range; what still answers there lies beside us
  if ((first & 0xff80) === 0xfe80) return 'link-local';
  return first >= 0xff00 ? 'multicast' : null;
}

/** The danger of an IPv4 address that a gateway or the kernel would take out of an IPv6 one. */
function dangerInside(groups: readonly number[]): Danger | null {
  for (const address of carriedBy(groups)) {
    const danger = dangerOf(address);
    if (danger !== null) return danger;
  }
  return null;
}

/** IPv4 addresses inside: compatible (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052, 8215), 6to4 (RFC 3056), Teredo (RFC 4380). */
function carriedBy(groups: readonly number[]): string[] {
  const starts = (...wanted: number[]) => wanted.every((group, index) => groups[index] === group);
  if (starts(0, 0, 0, 0, 0, 0) || starts(0, 0, 0, 0, 0xffff, 0)) return [dotted(groups, 6)];
  if (starts(0x64, 0xff9b)) return [dotted(groups, 6)];
  if (starts(0x2002)) return [dotted(groups, 1)];
  if (starts(0x2001, 0))
    return [
      dotted(groups, 2),
      dotted(
        groups.map((group) => group ^ 0xffff),
        6,
      ),
    ];
  return [];
}

const isMapped = (groups: readonly number[]): boolean =>
  groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;

/** Two groups from `index` on as an IPv4 address. */
const dotted = (groups: readonly number[], index: number): string =>
  [groups[index] ?? 0, groups[index + 1] ?? 0].flatMap((group) => [group >> 8, group & 0xff]).join('.');

function numbersOf(host: string): number[] | null {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) ? host.split('.').map(Number) : null;
}

/** The eight groups of an IPv6 address in brackets as the URL parser writes it; null for anything else. */
function groupsOf(host: string): number[] | null {
  if (!host.startsWith('[')) return null;
  const [left = '', right] = host.slice(1, -1).split('::');
  const read = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [head, tail] = [read(left), read(right ?? '')];
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
