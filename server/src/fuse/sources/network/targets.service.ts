import { AppError } from '#platform/errors/errors.ts';
import {
  createTargetGuard as createGuard,
  type LookupAll,
  type TargetGuard,
} from '#platform/network/target-guard.ts';
import { reasonTexts } from '../reasons.ts';
import { refuseTarget } from './targets.ts';

/** The guard of the network in the words of sources. @param options.allowedHosts entries `host:port` of `fuseSourceHosts` */
export const createTargetGuard = (options: {
  allowedHosts: readonly string[];
  lookup?: LookupAll;
}): TargetGuard =>
  createGuard({
    ...options,
    words: {
      refuse: refuseTarget,
      unknown: (source, reason, cause) =>
        new AppError('SOURCE_UNREACHABLE', { source, ...reasonTexts(reason) }, { cause }),
    },
  });
