import { z } from 'zod';

/**
 * Quality of one observation, after OPC UA's three severities (OPC 10000-4, StatusCode): a `bad` value must not be used
 * for calculation, an `uncertain` one with care. The index in this list is what ClickHouse stores.
 */
export const QUALITIES = ['good', 'uncertain', 'bad'] as const;
export const Quality = z.enum(QUALITIES);
export type Quality = z.infer<typeof Quality>;

/** What a point's values are. `number` covers every integer and float of the field protocols. */
export const PointType = z.enum(['number', 'boolean', 'text']);
export type PointType = z.infer<typeof PointType>;

/** Why a sample is not good, when the platform itself says so (protocols bring their own names, kept as they are). */
export const STALE_REASON = 'stale';
