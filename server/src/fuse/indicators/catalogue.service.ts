import { CELL_ENTERPRISES_MIN, type IndicatorList, STATISTIC_CODES, STATISTICS } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { CatalogueStore } from './catalogue.store.ts';
import type { FigureStore } from './figures.store.ts';
import { seesEnterprises } from './guarding.service.ts';
import { textOfPeriod } from './periods.ts';

type Parts = { store: FigureStore; sources: CatalogueStore; waiting: () => Promise<number> };

/** Which indicators there are, what they mean, and for which months the caller has values. */
export function createCatalogue({ store, sources, waiting }: Parts) {
  return async (scope: Scope): Promise<IndicatorList> => {
    demand(scope, 'fuse:indicator:read');
    const spans = new Map((await store.spans(scope)).map((span) => [span.code, span]));
    const open = seesEnterprises(scope);
    const found = await sources.sources(scope);
    return {
      items: STATISTIC_CODES.map((code) => {
        const { zh, en, measures, ...rest } = STATISTICS[code];
        const span = spans.get(code);
        const enterprises = span?.enterprises ?? 0;
        return {
          code,
          name: { zh, en },
          ...rest,
          measures: [...measures],
          first: span ? textOfPeriod(span.first) : null,
          last: span ? textOfPeriod(span.last) : null,
          enterprises: open || enterprises === 0 || enterprises >= CELL_ENTERPRISES_MIN ? enterprises : null,
        };
      }),
      sources: found.map(({ at, ...source }) => ({ ...source, at: at.toISOString() })),
      updating: await waiting(),
    };
  };
}
export type Catalogue = ReturnType<typeof createCatalogue>;
