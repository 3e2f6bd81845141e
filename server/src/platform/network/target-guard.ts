import { lookup as lookupName } from 'node:dns/promises';
import { isAddress } from '#platform/network/addresses.ts';
import { createPinnedHttp, NameUnknown, type PinnedHttp } from '#platform/network/pinned-http.ts';
import {
  demandHarmless,
  demandListed,
  type Refuse,
  readAllowList,
  type Target,
  textOfTarget,
} from '#platform/network/targets.ts';

const RESOLVE_TIMEOUT_MS = 10_000;
const ADDRESSES_MAX = 64;

export type ResolvedAddress = { address: string; family: number };
/** All addresses of a name, A and AAAA. */
export type LookupAll = (host: string) => Promise<readonly ResolvedAddress[]>;
/** What a name led to when it was checked; connect to one of these and to nothing else. */
export type CheckedTarget = { host: string; address: string; addresses: readonly ResolvedAddress[] };

/** Lets the platform reach what the operator listed and nothing else, and makes our own requests to it. */
export type TargetGuard = PinnedHttp & {
  /** Refuses what is not listed, without asking the network: for the moment a target is written down. */
  demandListed(target: Target): void;
  /**
   * Refuses what is not listed or leads to a dangerous address. Connect to the address in the answer (with the name for TLS
   * and `Host`): a second answer of the name server could lead elsewhere.
   * @throws what the room says of a target that is refused, or whose name leads nowhere
   */
  demand(host: string, port: number): Promise<CheckedTarget>;
  /** Closes connections that are kept open for the next request. */
  close(): void;
};

/** How a room speaks of targets that the platform does not go to, and of names that lead nowhere. */
export type GuardWords = { refuse: Refuse; unknown(target: string, reason: string, cause: unknown): Error };

/** @param options.allowedHosts entries `host:port` of the setting of the room */
export function createTargetGuard(options: {
  allowedHosts: readonly string[];
  words: GuardWords;
  lookup?: LookupAll;
}): TargetGuard {
  const { refuse, unknown } = options.words;
  const list = readAllowList(options.allowedHosts);
  const lookup = options.lookup ?? ((host) => lookupName(host, { all: true, verbatim: true }));

  async function check(host: string, port: number): Promise<CheckedTarget> {
    const target = { host, port };
    const normal = demandListed(list, target, refuse);
    if (isAddress(normal)) {
      const address = normal.replace(/^\[|\]$/g, '');
      return { host: normal, address, addresses: [{ address, family: normal === address ? 4 : 6 }] };
    }
    const addresses = await resolve(normal);
    demandHarmless(list, target, {
      host: normal,
      addresses: addresses.map(({ address }) => address),
      refuse,
    });
    const [first] = addresses;
    if (!first) throw new NameUnknown('no address');
    return { host: normal, address: first.address, addresses };
  }

  async function resolve(host: string): Promise<readonly ResolvedAddress[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('timeout')), RESOLVE_TIMEOUT_MS);
    });
    try {
      const addresses = await Promise.race([lookup(host), late]);
      if (addresses.length > ADDRESSES_MAX) throw new Error(`over ${ADDRESSES_MAX} addresses`);
      return addresses;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new NameUnknown(code ?? message, error);
    } finally {
      clearTimeout(timer);
    }
  }

  async function demand(host: string, port: number): Promise<CheckedTarget> {
    try {
      return await check(host, port);
    } catch (error) {
      if (!(error instanceof NameUnknown)) throw error;
      throw unknown(textOfTarget({ host, port }), error.message, error);
    }
  }

  const { close, ...http } = createPinnedHttp(check, refuse);
  return { ...http, close, demand, demandListed: (target) => void demandListed(list, target, refuse) };
}
