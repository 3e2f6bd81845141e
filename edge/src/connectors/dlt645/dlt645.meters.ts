import type { Moment } from '../../clock.ts';
import type { PointDescriptor } from '../../connector.ts';
import { type Dlt645Config, type Dlt645Point, isText } from './dlt645.config.ts';
import { type Format, parseFormat, typeOfFormat } from './dlt645.decode.ts';
import { itemOf } from './dlt645.items.ts';

/** One point with what is needed to read it, and what was learned. */
export type Item645 = {
  point: PointDescriptor;
  meter: string;
  id: string;
  format: Format;
  signed: boolean;
  last: { value: unknown; atMs: number } | null;
  lastMs: number;
  /** times in a row that it had no answer while its meter answered others */
  unanswered: number;
  /** left alone until then, after a refusal or no answer; 0 when it is not */
  restsUntilMs: number;
};

/** One meter of the line. */
export type Meter645 = {
  number: string;
  /** in the order of asking; one that had no answer goes to the end */
  items: Item645[];
  timeouts: number;
  /** when it answered last; null before it ever did */
  answeredAt: Moment | null;
  /** `meter-silent` or `link-lost` */
  lostReason: string;
  /** has been told stale and has not answered since */
  isStale: boolean;
  /** while it is silent: when it is asked again, and after how many vain tries */
  asksAgainMs: number;
  vain: number;
};

/** The meters of a connection, each with its points. The configuration has been checked. */
export function createMeters(config: Dlt645Config): Meter645[] {
  const meters = new Map<string, Meter645>();
  for (const point of config.points) {
    const number = point.meter ?? config.meter ?? '';
    const format = parseFormat(point.format ?? itemOf(point.address)?.format ?? '', isText(point));
    if (format === null) continue;
    const meter = meters.get(number) ?? {
      number,
      items: [],
      timeouts: 0,
      answeredAt: null,
      lostReason: '',
      isStale: false,
      asksAgainMs: 0,
      vain: 0,
    };
    meters.set(number, meter);
    meter.items.push({
      point: descriptorOf(config.name, point, format),
      meter: number,
      id: point.address,
      format,
      signed: point.signed ?? itemOf(point.address)?.signed ?? false,
      last: null,
      lastMs: 0,
      unanswered: 0,
      restsUntilMs: 0,
    });
  }
  return [...meters.values()];
}

function descriptorOf(connection: string, point: Dlt645Point, format: Format): PointDescriptor {
  const item = itemOf(point.address);
  const name = point.name ?? item?.name;
  // A format of the user's own may be of another unit.
  const unit = point.unit ?? (point.format === undefined && item?.unit !== '' ? item?.unit : undefined);
  return {
    key: point.key,
    type: typeOfFormat(format),
    connection,
    ...(name === undefined ? {} : { name }),
    ...(unit === undefined ? {} : { unit }),
    ...(point.equipment === undefined ? {} : { equipment: point.equipment }),
  };
}
