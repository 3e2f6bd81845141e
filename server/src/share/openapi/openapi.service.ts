import { demand, isRoot, type Scope } from '#platform/auth/scope.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Rulebook } from '../policies/rulebook.service.ts';
import { columnsSeen } from '../policies/sight.ts';
import { describeFor, type WholeDescription } from './openapi.ts';

type Parts = { gateway: Gateway; rulebook: Rulebook; url: string };

/** The description of shared data for its caller. */
export function createDescriptions({ gateway, rulebook, url }: Parts) {
  return {
    /** OpenAPI 3.1 with the caller's datasets, columns and operations, and nothing of any other. */
    async openApi(scope: Scope, whole: WholeDescription): Promise<Record<string, unknown>> {
      demand(scope, 'share:dataset:read');
      const seen = await gateway.catalog(scope);
      const { datasets } = await rulebook.current();
      const described = [...seen.values()].flatMap((table) => {
        const offer = datasets.get(table.id)?.offer;
        if (!offer) return [];
        const { title, description, key } = offer;
        const columns = columnsSeen(table);
        const names = new Set(columns.map(({ name }) => name));
        return [{ id: table.id, title, description, key: key.filter((name) => names.has(name)), columns }];
      });
      const permissions: ReadonlySet<string> = scope.permissions;
      return describeFor(whole, described, {
        may: (permission) => permissions.has(permission),
        root: isRoot(scope),
        language: scope.locale === 'en' ? 'en' : 'zh',
        url,
      });
    },
  };
}
export type Descriptions = ReturnType<typeof createDescriptions>;
