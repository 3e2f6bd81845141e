import { Readable } from 'node:stream';
import {
  type AsOfExportQuery,
  ENTERPRISE_ATTRIBUTE_NAMES,
  ENTERPRISE_ATTRIBUTES,
  type EnterpriseAsOf,
  EXPORT_ROWS_MAX,
  type GoldenValue,
  type Page,
  type ValueHistoryQuery,
  type ValueVersion,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { createEnterpriseStore } from '../enterprises/enterprises.store.ts';
import { goldenValueOf } from '../enterprises/enterprises.ts';
import { workbookOf } from '../enterprises/workbook.service.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { csvLine } from '../sources/dataset-table.ts';
import { createSourceStore } from '../sources/sources.store.ts';
import { cityOf } from '../standards/divisions.ts';
import { createPinStore } from '../survivorship/pins.store.ts';
import { createHistoryStore, type KnownThen, type StoredVersion } from './history.store.ts';

const PAGE_ROWS = 1_000;
/** Below every id. */
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Use cases of history: what was known when, of one enterprise and of all, and how each value came to be. */
export function createHistory({ relational, analytics, audit, clock, log }: Platform) {
  const db = relational.as<FuseTables>();
  const store = createHistoryStore(db);
  const enterprises = createEnterpriseStore(db, analytics);

  async function find(scope: Scope, id: string) {
    const found = await enterprises.find(scope, id);
    if (!found) throw new AppError('NOT_FOUND', { thing: `enterprise ${id}` });
    return found;
  }

  async function shown(scope: Scope, rows: readonly StoredVersion[]): Promise<GoldenValue[]> {
    const sources = await createSourceStore(db).namesUnscoped(
      rows.flatMap(({ source, others }) => [source ?? [], others.map((other) => other.source)].flat()),
    );
    const pinners = await createPinStore(db).makers(
      scope,
      rows.flatMap(({ pin }) => pin ?? []),
    );
    return rows.map((row) => goldenValueOf(row, { sources, pinners }));
  }

  /** Every enterprise known at a moment, page by page; those outside the scope are left out. */
  async function* known(scope: Scope, at: Date, city: string | undefined): AsyncGenerator<KnownThen> {
    for (let after = FIRST; ; ) {
      const page = await store.knownAt(scope, at, { after, limit: PAGE_ROWS });
      for (const one of page)
        if (one.values && (!city || cityOf(one.values.division ?? null) === city)) yield one;
      const last = page.at(-1);
      if (!last || page.length < PAGE_ROWS) return;
      after = last.id;
    }
  }

  return {
    /** Each value from when to when, newest first. @throws NOT_FOUND */
    async ofValues(scope: Scope, id: string, query: ValueHistoryQuery): Promise<Page<ValueVersion>> {
      demand(scope, 'fuse:enterprise:read');
      const { id: own } = await find(scope, id);
      const page = await store.versions(scope, own, query);
      const values = await shown(scope, page.items);
      return {
        ...page,
        items: values.map((value, at) => ({ ...value, until: page.items[at]?.until?.toISOString() ?? null })),
      };
    },

    /** The record as it was known at a moment, under the id that was asked for if it was one then. @throws NOT_FOUND, REQUEST_INVALID */
    async asOf(scope: Scope, id: string, at: string): Promise<EnterpriseAsOf> {
      demand(scope, 'fuse:enterprise:read');
      const moment = pastOf(at, clock.now());
      const { id: now } = await find(scope, id);
      const own = await store.knownUnder(scope, id, moment);
      const [rows, then] = own.length > 0 ? [own, id] : [await store.knownUnder(scope, now, moment), now];
      const values = await shown(scope, rows);
      const ordered = ENTERPRISE_ATTRIBUTE_NAMES.flatMap(
        (name) => values.find(({ attribute }) => attribute === name) ?? [],
      );
      const name = ordered.find(({ attribute }) => attribute === 'name')?.value ?? null;
      return { id: then, at: moment.toISOString(), name, values: ordered };
    },

    /** All enterprises as they were known at a moment. Audited. @throws EXPORT_TOO_LARGE, REQUEST_INVALID */
    async exportAsOf(scope: Scope, { at, format, city }: AsOfExportQuery): Promise<Readable> {
      demand(scope, 'fuse:enterprise:export');
      const moment = pastOf(at, clock.now());
      let rows = 0;
      for await (const _one of known(scope, moment, city)) rows += 1;
      if (rows > EXPORT_ROWS_MAX) throw new AppError('EXPORT_TOO_LARGE', { rows, max: EXPORT_ROWS_MAX });
      await audit.record(scope, {
        action: 'fuse:enterprise:export',
        target: 'enterprises',
        organisation: scope.organisation,
        after: { asOf: moment.toISOString(), format, city: city ?? null, rows },
      });
      const language = scope.locale === 'en' ? 'en' : 'zh';
      const head = ['ID', ...ENTERPRISE_ATTRIBUTE_NAMES.map((name) => ENTERPRISE_ATTRIBUTES[name][language])];
      const cellsOf = ({ id, values }: KnownThen) => [
        id,
        ...ENTERPRISE_ATTRIBUTE_NAMES.map((name) => values[name] ?? null),
      ];
      async function* cells() {
        for await (const one of known(scope, moment, city)) yield cellsOf(one);
      }
      if (format === 'xlsx')
        return workbookOf({
          sheet: language === 'zh' ? '企业库' : 'Enterprises',
          columns: head.map((header) => ({ header, width: 22 })),
          rows: cells(),
          log,
        });
      async function* lines() {
        yield `\uFEFF${csvLine(head)}`;
        for await (const row of cells()) yield csvLine(row.map((cell) => cell ?? ''));
      }
      return Readable.from(lines());
    },
  };
}
export type History = ReturnType<typeof createHistory>;

/** The end of today is not over anywhere: it means now. What is to come later is known to nobody. */
const TODAY_MS = 26 * 3_600_000;
function pastOf(at: string, now: Date): Date {
  const moment = new Date(at);
  if (moment <= now) return moment;
  if (moment.getTime() - now.getTime() < TODAY_MS) return now;
  throw new AppError('REQUEST_INVALID', {}, { details: [{ path: 'at', message: 'a moment in the past' }] });
}
