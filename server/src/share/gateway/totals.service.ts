import { systemScope } from '#platform/auth/scope.ts';
import type { Ids } from '#platform/clock/clock.ts';
import type { Rulebook } from '../policies/rulebook.service.ts';
import { type Gateway, tableName } from './gateway.ts';

/** Organisations whose rows are counted together. */
const ORGANISATIONS_MAX = 50;

type Parts = { gateway: Gateway; rulebook: Rulebook; root: string; ids: Ids };

/**
 * How many rows a dataset has of some organisations and those below, whoever may see them: asked by the platform itself through the gateway.
 * Null for a dataset that is not there.
 */
export function createTotals({ gateway, rulebook, root, ids }: Parts) {
  const scope = systemScope({
    organisation: root,
    permissions: ['share:dataset:read', 'share:sql:use', 'share:policy:write', 'fuse:enterprise:read'],
    name: 'share',
  });
  return async (dataset: string, organisations: readonly string[]): Promise<number | null> => {
    const offer = (await rulebook.current()).datasets.get(dataset)?.offer;
    if (!offer) return null;
    const paths = organisations.slice(0, ORGANISATIONS_MAX);
    const column = `\`${offer.organisationColumn}\``;
    const within = paths.map(
      (_path, at) => `${column} = {o${at}:String} or startsWith(${column}, {b${at}:String})`,
    );
    const answer = await gateway.ask(scope, {
      // sql-identifier: the gateway's own language; names are those of the offer, paths are parameters
      sql: `select count() from ${tableName(dataset)} where ${within.length === 0 ? 'false' : within.join(' or ')}`,
      parameters: Object.fromEntries(
        paths.flatMap((path, at) => [
          [`o${at}`, path],
          [`b${at}`, `${path}.`],
        ]),
      ),
      format: 'TabSeparated',
      door: 'sql',
      requestId: ids.next(),
    });
    let text = '';
    for await (const chunk of answer.chunks) text += Buffer.from(chunk).toString('utf8');
    return Number(text.trim());
  };
}
