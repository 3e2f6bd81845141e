import {
  type Page,
  RELATIONS_MAX,
  type RelationDecision,
  type RelationGraph,
  type RelationGraphQuery,
  type RelationList,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createSourceStore } from '../sources/sources.store.ts';
import { drawn, edgesOf, grow, startAt } from './graph.ts';
import { createRelationDecisions, toDecision } from './relation-decisions.service.ts';
import { createRelationDecisionStore } from './relation-decisions.store.ts';
import { createRelationStore, findEnterprise } from './relations.store.ts';
import { type Joined, joinRelations, keyOfEnd, toEnd, toRelation } from './seen.ts';

type PageOptions = { cursor?: string | undefined; limit: number };

/** Most rows that one picture is drawn from. */
const GRAPH_ROWS_MAX = 5_000;

/** Use cases of relations between enterprises: read them, draw what lies around one, add, reject, undo. */
export function createRelations(platform: Platform) {
  const db = platform.relational.as<FuseTables>();
  const [store, said, sources] = [
    createRelationStore(db),
    createRelationDecisionStore(db),
    createSourceStore(db),
  ];

  async function around(scope: Scope, numbers: readonly number[], limit: number): Promise<Joined[]> {
    const asked = { numbers, limit };
    return joinRelations(await store.around(scope, asked), await said.around(scope, asked));
  }

  return {
    ...createRelationDecisions(platform),

    /** Relations of an enterprise with what they rest on, rejected ones too. @throws NOT_FOUND */
    async list(scope: Scope, id: string): Promise<RelationList> {
      demand(scope, 'fuse:enterprise:read');
      const own = await findEnterprise(store, scope, id);
      const joined = await around(scope, [own.number], RELATIONS_MAX + 1);
      const shown = joined.slice(0, RELATIONS_MAX);
      const enterprises = await store.enterprises(scope, numbersOf(shown));
      const named = await sources.namesUnscoped(
        shown.flatMap(({ evidence }) => evidence.map(({ source }) => source)),
      );
      const naming = { enterprises, sources: named };
      return {
        items: shown.map((one) => toRelation(one, naming)),
        more: joined.length > RELATIONS_MAX,
      };
    },

    /** What lies around an enterprise, to a depth and a number of nodes; never through one that the caller may not see. @throws NOT_FOUND */
    async graph(scope: Scope, id: string, query: RelationGraphQuery): Promise<RelationGraph> {
      demand(scope, 'fuse:enterprise:read');
      const own = await findEnterprise(store, scope, id);
      const hints = query.hints === 'true';
      const growing = startAt(own.number);
      let edge: readonly number[] = [own.number];
      for (let step = 0; step < query.depth && edge.length > 0; step += 1)
        edge = grow(growing, drawn(await around(scope, edge, GRAPH_ROWS_MAX), hints), query.nodes);
      const inside = [...growing.nodes.values()].flatMap(({ number }) => number ?? []);
      const all = drawn(await around(scope, inside, GRAPH_ROWS_MAX), hints);
      const { edges, hidden } = edgesOf(growing, all);
      const naming = { enterprises: await store.enterprises(scope, inside) };
      // keys of nodes carry names of who is only named, so they are counted instead
      const keys = new Map([...growing.nodes.keys()].map((key, at) => [key, `n${at}`]));
      const keyOf = (number: number | null, name: string) => keys.get(keyOfEnd(number, name)) ?? '';
      return {
        centre: keyOf(own.number, ''),
        nodes: [...growing.nodes.values()].map(({ key, number, name, distance }) => ({
          ...toEnd(number, name, naming),
          ...{ key: keys.get(key) ?? '', distance, hidden: hidden.get(key) ?? 0 },
        })),
        edges: edges.map((one) => {
          const { kind, share, origin } = toRelation(one, { ...naming, sources: new Map() });
          const subject = keyOf(one.subject, one.subjectName);
          return { kind, share, origin, subject, object: keyOf(one.object, one.objectName) };
        }),
        truncated: growing.truncated,
      };
    },

    /** What people said of the relations of an enterprise, newest first; both ends in the scope. @throws NOT_FOUND */
    async decisions(scope: Scope, id: string, page: PageOptions): Promise<Page<RelationDecision>> {
      demand(scope, 'fuse:enterprise:read');
      const own = await findEnterprise(store, scope, id);
      const answer = await said.history(scope, own.number, page);
      return { ...answer, items: answer.items.map(toDecision) };
    },
  };
}
export type Relations = ReturnType<typeof createRelations>;

const numbersOf = (joined: readonly Joined[]): number[] =>
  joined.flatMap(({ subject, object }) => [subject ?? [], object ?? []].flat());
