import type { Sample } from '@ronghe/contracts';
import type { Reading } from '../../connector.ts';
import type { Zone } from '../../zone.ts';
import { fillTemplate, type SqlQuery } from './sql.config.ts';
import {
  type Column,
  decodeTime,
  decodeValue,
  hashOf,
  type Judgement,
  judge,
  type Raw,
  type Row,
  type RowTime,
  sampleOf,
  textOf,
} from './sql.decode.ts';
import { SqlRefused } from './sql.link.ts';
import type { KnownPoint, Points } from './sql.points.ts';

/** Rows that gave no sample, by reason. */
export type Skipped = { time: number; key: number };

/** Makes samples of rows of one query. */
export type RowReader = {
  /**
   * Finds the columns. Throws SqlRefused `missing-column` when one is missing without which no row can be read; gives
   * one bad sample for each point whose own column is missing, once.
   */
  begin(columns: readonly Column[], nowMs: number): Reading[];
  /** What the watermark's column holds in this row. */
  watermark(row: Row): Raw | undefined;
  watermarkKind(columns: readonly Column[]): Column['kind'] | null;
  /** Short name of what matters in this row. */
  hash(row: Row): string;
  read(row: Row, nowMs: number): Reading[];
  skipped: Skipped;
};

type Place = { index: number; kind: Column['kind'] };
type Places = {
  watermark: Place | null;
  time: Place | null;
  quality: Place | null;
  keys: ReadonlyMap<string, Place>;
  values: readonly Place[];
  all: readonly number[];
};

const GOOD: Judgement = { quality: 'good' };

/** `zone` is that of the query's times. Points that are written down are known from the start. */
export function createRowReader(options: { query: SqlQuery; zone: Zone; points: Points }): RowReader {
  const { query, zone, points } = options;
  const skipped: Skipped = { time: 0, key: 0 };
  const told = new Set<KnownPoint>();
  const read = query.long === undefined ? wideReader(query, points) : longReader(query, points);
  let places: Places | null = null;

  const timeOf = (row: Row, at: Places, nowMs: number): RowTime | null =>
    query.time === undefined || at.time === null
      ? { ms: nowMs, clear: true }
      : decodeTime(row[at.time.index], query.time.format, zone);

  return {
    skipped,
    begin(columns, nowMs) {
      places = findPlaces(query, columns);
      const readings: Reading[] = [];
      for (const point of read.fixed) {
        const missing = places.values[point.value]?.index === -1;
        point.known.failed = missing;
        if (!missing) told.delete(point.known);
        else if (!told.has(point.known)) {
          told.add(point.known);
          readings.push(points.note(point.known, [nowMs, null, 'bad', 'missing-column']));
        }
      }
      return readings;
    },
    watermark: (row) => (places?.watermark == null ? undefined : row[places.watermark.index]),
    watermarkKind: (columns) =>
      query.watermark === undefined ? null : placeOf(columns, query.watermark.column).kind,
    hash: (row) => hashOf((places?.all ?? []).map((index) => row[index])),
    read(row, nowMs) {
      if (places === null) return [];
      const time = timeOf(row, places, nowMs);
      if (time === null) {
        skipped.time += 1;
        return [];
      }
      const judgement =
        query.quality === undefined || places.quality === null
          ? GOOD
          : judge(row[places.quality.index], query.quality);
      const readings = read.row(row, places, (raw, kind, want) =>
        sampleOf(time, decodeValue(raw, kind, want), judgement),
      );
      if (readings === null) skipped.key += 1;
      return readings ?? [];
    },
  };
}

type Want = Parameters<typeof decodeValue>[2];
type MakeSample = (raw: Raw | undefined, kind: Column['kind'], want: Want) => Sample;
type ShapeReader = {
  /** Points that are written down, with the number of their value's column. */
  fixed: readonly { known: KnownPoint; value: number }[];
  /** Null when the row names no point that can be. */
  row(row: Row, places: Places, sample: MakeSample): Reading[] | null;
};

/** Each column a point, of one machine or, with columns in the keys, of as many as the rows name. */
function wideReader(query: SqlQuery, points: Points): ShapeReader {
  const wanted = query.points ?? [];
  const single = query.keyColumns.length === 0;
  const fixed = !single
    ? []
    : wanted.flatMap((point, value) => {
        const known = points.of(query.name, point.key, () => point);
        return known === null ? [] : [{ known, value }];
      });
  return {
    fixed,
    row(row, places, sample) {
      const readings: Reading[] = [];
      const text = (name: string): string => textAt(row, places.keys.get(name)) ?? '';
      for (const name of query.keyColumns) if (text(name) === '') return null;
      for (const [index, point] of wanted.entries()) {
        const place = places.values[index];
        const known = single
          ? points.of(query.name, point.key, () => point)
          : points.of(query.name, fillTemplate(point.key, text), () => filled(point, text));
        if (known === null || place === undefined) return null;
        if (place.index === -1) {
          if (single || known.failed) continue;
          known.failed = true;
        } else known.failed = false;
        const raw = place.index === -1 ? undefined : row[place.index];
        if (raw === null && query.nulls === 'skip') continue;
        readings.push(points.note(known, sample(raw, place.kind, point)));
      }
      return readings;
    },
  };
}

/** Each row a value of the point that it names. */
function longReader(query: SqlQuery, points: Points): ShapeReader {
  const { long } = query;
  if (long === undefined) return { fixed: [], row: () => null };
  const byTag = new Map((long.tags ?? []).map((tag) => [tag.tag, tag]));
  const fixed = (long.tags ?? []).flatMap((tag) => {
    const known = points.of(query.name, tag.key, () => tag);
    return known === null ? [] : [{ known, value: 0 }];
  });
  return {
    fixed,
    row(row, places, sample) {
      const name = textAt(row, places.keys.get(long.keyColumn));
      const place = places.values[0];
      if (name === null || name === '' || place === undefined) return null;
      const tag = byTag.get(name);
      if (long.tags !== undefined && tag === undefined) return [];
      const want = tag ?? long;
      const key = tag?.key ?? fillTemplate(long.key ?? `{${long.keyColumn}}`, () => name);
      const known = points.of(query.name, key, () => ({ ...want, key }));
      if (known === null) return null;
      const raw = row[place.index];
      if (raw === null && query.nulls === 'skip') return [];
      return [points.note(known, sample(raw, place.kind, want))];
    },
  };
}

function filled(point: NonNullable<SqlQuery['points']>[number], text: (name: string) => string) {
  const fill = (template: string | undefined) =>
    template === undefined ? undefined : fillTemplate(template, text);
  return {
    ...point,
    key: fillTemplate(point.key, text),
    name: fill(point.name),
    equipment: fill(point.equipment),
  };
}

/** Key columns are often CHAR(n), which is filled with spaces. */
function textAt(row: Row, place: Place | undefined): string | null {
  const raw = place === undefined ? null : (row[place.index] ?? null);
  return raw === null ? null : textOf(raw).trim();
}

function findPlaces(query: SqlQuery, columns: readonly Column[]): Places {
  const needed = (name: string | undefined): Place | null =>
    name === undefined ? null : placeOf(columns, name);
  const keyNames = query.long === undefined ? query.keyColumns : [query.long.keyColumn];
  const keys = new Map(keyNames.map((name) => [name, placeOf(columns, name)]));
  const values =
    query.long === undefined
      ? (query.points ?? []).map(({ column }) => optionalPlace(columns, column))
      : [placeOf(columns, query.long.valueColumn)];
  const watermark = needed(query.watermark?.column);
  const time = needed(query.time?.column);
  const quality = needed(query.quality?.column);
  const all = [watermark, time, quality, ...keys.values(), ...values].flatMap((place) =>
    place === null || place.index === -1 ? [] : [place.index],
  );
  return { watermark, time, quality, keys, values, all: [...new Set(all)] };
}

const optionalPlace = (columns: readonly Column[], name: string): Place => {
  const index = columns.findIndex((column) => column.name === name);
  return { index, kind: columns[index]?.kind ?? 'text' };
};

function placeOf(columns: readonly Column[], name: string): Place {
  const place = optionalPlace(columns, name);
  if (place.index === -1)
    throw new SqlRefused(
      'missing-column',
      `the result has no column "${name}"; it has ${columns.map((column) => column.name).join(', ')}`,
    );
  return place;
}
