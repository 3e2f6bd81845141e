import { lookup as lookupName } from 'node:dns/promises';
import { AppError } from '#platform/errors/errors.ts';
import { reasonTexts } from '../reasons.ts';
import { isAddress } from './addresses.ts';
import { createPinnedHttp, type PinnedHttp } from './pinned-http.reader.ts';
import { demandHarmless, demandListed, readAllowList, type Target, textOfTarget } from './targets.ts';

const RESOLVE_TIMEOUT_MS = 10_000;
const ADDRESSES_MAX = 64;

export type ResolvedAddress = { address: string; family: number };
/** All addresses of a name, A and AAAA. */
export type LookupAll = (host: string) => Promise<readonly ResolvedAddress[]>;
/** What a name led to when it was checked; connect to one of these and to nothing else. */
export type CheckedTarget = { host: string; address: string; addresses: readonly ResolvedAddress[] };

/** Lets sources reach what the operator listed and nothing else, and makes our own requests to it. */
export type TargetGuard = PinnedHttp & {
  /** Refuses what is not listed, without asking the network: for the moment a source is registered. */
  demandListed(target: Target): void;
  /**
   * Refuses what is not listed or leads to a dangerous address. Connect to the address in the answer (with the name for TLS
   * and `Host`): a second answer of the name server could lead elsewhere.
   * @throws AppError SOURCE_TARGET_REFUSED; SOURCE_UNREACHABLE when the name leads nowhere
   */
  demand(host: string, port: number): Promise<CheckedTarget>;
  /** Closes connections that are kept open for the next request. */
  close(): void;
};

/** @param options.allowedHosts entries `host:port` of `fuseSourceHosts` */
export function createTargetGuard(options: {
  allowedHosts: readonly string[];
  lookup?: LookupAll;
}): TargetGuard {
  const list = readAllowList(options.allowedHosts);
  const lookup = options.lookup ?? ((host) => lookupName(host, { all: true, verbatim: true }));

  async function demand(host: string, port: number): Promise<CheckedTarget> {
    const target = { host, port };
    const normal = demandListed(list, target);
    if (isAddress(normal)) {
      const address = normal.replace(/^\[|\]$/g, '');
      return { host: normal, address, addresses: [{ address, family: normal === address ? 4 : 6 }] };
    }
    const addresses = await resolve(target, normal);
    demandHarmless(list, target, { host: normal, addresses: addresses.map(({ address }) => address) });
    const [first] = addresses;
    if (!first) throw unknown(target, 'no address');
    return { host: normal, address: first.address, addresses };
  }

  async function resolve(target: Target, host: string): Promise<readonly ResolvedAddress[]> {
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
      throw unknown(target, code ?? message, error);
    } finally {
      clearTimeout(timer);
    }
  }

  const { close, ...http } = createPinnedHttp(demand);
  return { ...http, close, demand, demandListed: (target) => void demandListed(list, target) };
}

const unknown = (target: Target, reason: string, cause?: unknown) =>
  new AppError(
    'SOURCE_UNREACHABLE',
    { source: textOfTarget(target), ...reasonTexts(`the name is not known: ${reason}`) },
    { cause },
  );
