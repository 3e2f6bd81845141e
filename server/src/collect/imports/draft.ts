import {
  type Bilingual,
  POINT_IMPORT_CONNECTIONS_MAX,
  POINT_IMPORT_POINTS_MAX,
  type PointImportConnection,
} from '@ronghe/contracts';
import { type Issues, placeOf } from './issues.ts';

/** Most points of one connection, as the collector has it. */
const CONNECTION_POINTS_MAX = 50_000;
const KEY_CHARACTERS_MAX = 256;
const CONNECTION_NAME_CHARACTERS_MAX = 100;
const TEXTS_MAX = { name: 200, unit: 40, equipment: 200 } as const;
/** Intervals of polling that every protocol accepts. */
export const INTERVAL_MS = { low: 50, high: 86_400_000 } as const;

/** Settings as the collector's configuration writes them; what is undefined is left out. */
export type Settings = Readonly<Record<string, unknown>>;
export type DraftPoint = Settings & { key: string };

/** A connection that is being filled. */
export type DraftConnection = {
  /** Under which name its place is told. */
  place: Bilingual;
  protocol: string;
  /** Adds a point; makes its key fit and different from all others, and tells it. */
  add(point: DraftPoint, place: Bilingual): void;
  /** What a point is read with; the shortest of all is taken, and a difference is told. */
  interval(ms: number | null): void;
  settings: Record<string, unknown>;
};

export type Draft = {
  /**
   * Begins a connection. Its name is made from what people called it; without letters that names may have it is
   * called by protocol and host. Null when there are too many.
   */
  connection(wanted: {
    name: string;
    protocol: string;
    place: Bilingual;
    settings: Settings;
    /** Name of the setting that holds the interval, or null where the protocol has none. */
    intervalField?: string | null;
    intervalRange?: { low: number; high: number };
  }): DraftConnection | null;
  done(): { connections: PointImportConnection[]; points: number };
};

type Built = {
  connection: DraftConnection;
  name: string;
  points: Settings[];
  intervals: Set<number>;
  field: string | null;
  range: { low: number; high: number };
};

/** Gathers connections and points with names and keys that a collector accepts, within the limits of an import. */
export function createDraft(issues: Issues): Draft {
  const built: Built[] = [];
  const names = new Set<string>();
  const keys = new Map<string, number>();
  let points = 0;

  function add(own: Built, point: DraftPoint, place: Bilingual) {
    if (points >= POINT_IMPORT_POINTS_MAX)
      return issues.once(placeOf.file, 'points-over', { max: POINT_IMPORT_POINTS_MAX });
    if (own.points.length >= CONNECTION_POINTS_MAX)
      return issues.once(own.connection.place, 'connection-points-over', { max: CONNECTION_POINTS_MAX });
    points += 1;
    const key = uniqueKey(keys, keyOf(point.key, own, issues, place), issues, place);
    own.points.push(fitTexts({ ...point, key }, issues, place));
  }

  return {
    connection({ name, protocol, place, settings, intervalField, intervalRange }) {
      if (built.length >= POINT_IMPORT_CONNECTIONS_MAX) {
        issues.once(placeOf.file, 'connections-over', { max: POINT_IMPORT_CONNECTIONS_MAX });
        return null;
      }
      const own: Built = {
        name: uniqueName(names, { wanted: name, protocol, endpoint: settings.endpoint }),
        points: [],
        intervals: new Set(),
        field: intervalField === undefined ? 'intervalMs' : intervalField,
        range: intervalRange ?? INTERVAL_MS,
        connection: {
          place,
          protocol,
          settings: { ...settings },
          add: (point, where) => add(own, point, where),
          interval: (ms) => {
            if (ms !== null && Number.isFinite(ms) && ms > 0) own.intervals.add(Math.round(ms));
          },
        },
      };
      if (own.name !== slug(name)) issues.warning(place, 'connection-renamed', { from: name, to: own.name });
      built.push(own);
      return own.connection;
    },
    done() {
      const connections = built.flatMap((own): PointImportConnection[] => {
        const { protocol, place, settings } = own.connection;
        if (own.points.length === 0 && settings.discover === undefined) {
          issues.warning(place, 'connection-empty', { name: own.name });
          return [];
        }
        const config = {
          name: own.name,
          protocol,
          ...withoutUndefined(settings),
          ...intervalOf(own, issues),
          points: own.points,
        };
        return [{ name: own.name, protocol, config }];
      });
      return { connections, points };
    },
  };
}

export const withoutUndefined = (settings: Settings): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

function intervalOf(own: Built, issues: Issues): Settings {
  const shortest = Math.min(...own.intervals);
  if (own.field === null || own.intervals.size === 0) return {};
  const { low, high } = own.range;
  const used = Math.min(high, Math.max(low, shortest));
  if (used !== shortest)
    issues.warning(own.connection.place, 'out-of-range', {
      field: own.field,
      value: shortest,
      low,
      high,
      used,
    });
  if (own.intervals.size > 1) issues.warning(own.connection.place, 'intervals-differ', { ms: used });
  return { [own.field]: used };
}

/** The key that is wanted, with what keys may hold only (PointKey of the contracts). */
export function cleanKey(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N} ._\-/:%#()@,=]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .trim()
    .slice(0, KEY_CHARACTERS_MAX);
}

function keyOf(wanted: string, own: Built, issues: Issues, place: Bilingual): string {
  const key = cleanKey(wanted) || `${own.name}.${own.points.length + 1}`;
  if (key !== wanted) issues.warning(place, 'key-changed', { from: wanted, to: key });
  return key;
}

function uniqueKey(keys: Map<string, number>, key: string, issues: Issues, place: Bilingual): string {
  if (!keys.has(key)) {
    keys.set(key, 1);
    return key;
  }
  for (let number = (keys.get(key) ?? 1) + 1; ; number += 1) {
    const other = `${key.slice(0, KEY_CHARACTERS_MAX - 8)}-${number}`;
    if (keys.has(other)) continue;
    keys.set(key, number);
    keys.set(other, 1);
    issues.warning(place, 'key-duplicate', { from: key, to: other });
    return other;
  }
}

function fitTexts(point: Settings, issues: Issues, place: Bilingual): Settings {
  const fitted = withoutUndefined(point);
  for (const [field, max] of Object.entries(TEXTS_MAX)) {
    const text = fitted[field];
    if (text === '') delete fitted[field];
    else if (typeof text === 'string' && text.length > max) {
      fitted[field] = text.slice(0, max);
      issues.warning(place, 'shortened', { field, max });
    }
  }
  return fitted;
}

/** Letters and digits of ASCII in lower case, everything else as one hyphen; without the user and password of an address. */
export const slug = (text: string): string =>
  text
    .replace(/\/\/[^/\s]*@/g, '//')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

function uniqueName(
  names: Set<string>,
  { wanted, protocol, endpoint }: { wanted: string; protocol: string; endpoint: unknown },
): string {
  const letters = slug(wanted);
  // A few digits that are left of a Chinese name say nothing by themselves.
  const readable = /[a-z]/.test(letters) && !/\p{Script=Han}/u.test(wanted);
  const host =
    typeof endpoint === 'string'
      ? slug(endpoint.replace(/^[a-z.]+:\/\/(?:[^/\s]*@)?/, '').replace(/:.*$/, ''))
      : '';
  const parts = readable ? [letters] : [protocol, letters, host];
  const base = parts
    .filter((part) => part !== '')
    .join('-')
    .slice(0, CONNECTION_NAME_CHARACTERS_MAX - 6)
    .replace(/-+$/, '');
  let name = base;
  for (let number = 2; names.has(name); number += 1) name = `${base}-${number}`;
  names.add(name);
  return name;
}
