import { demand, demandRoot, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { createEnterpriseStore } from '../enterprises/enterprises.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createCatalogue } from './catalogue.service.ts';
import { createCatalogueStore } from './catalogue.store.ts';
import { createFiguresExport } from './export.service.ts';
import { createFigures } from './figures.service.ts';
import { createFigureStore } from './figures.store.ts';
import { createGuarding } from './guarding.service.ts';
import type { IndicatorRefresh } from './refresh.service.ts';
import { createSeries } from './series.service.ts';
import { createTrends } from './trends.service.ts';
import { createVersionStore } from './versions.store.ts';

/** The monthly indicators: what is read of them. `refresh` keeps up what they read. */
export function createIndicators({ relational, analytics, audit }: Platform, refresh: IndicatorRefresh) {
  const db = relational.as<FuseTables>();
  const enterprises = createEnterpriseStore(db, analytics);
  const store = createFigureStore(analytics);
  const guarding = createGuarding(store);
  const figures = createFigures({ store, guarding });
  return {
    catalogue: createCatalogue({ store, sources: createCatalogueStore(db), waiting: refresh.waiting }),
    figures,
    trends: createTrends({ store, guarding }),
    exportFigures: createFiguresExport({ figures, audit }),
    /** Notes all enterprises; their figures are made anew in the background. Audited. @throws ROOT_REQUIRED */
    async rebuild(scope: Scope): Promise<number> {
      demand(scope, 'fuse:run:write');
      demandRoot(scope);
      const enterprises = await refresh.noteAll();
      await audit.record(scope, {
        action: 'fuse:indicator:rebuild',
        target: 'indicators',
        after: { enterprises },
      });
      return enterprises;
    },
    series: createSeries({
      store: createVersionStore(db, analytics),
      async find(scope, id) {
        const found = await enterprises.find(scope, id);
        if (!found) throw new AppError('NOT_FOUND', { thing: `enterprise ${id}` });
        return found;
      },
    }),
  };
}
export type Indicators = ReturnType<typeof createIndicators>;
