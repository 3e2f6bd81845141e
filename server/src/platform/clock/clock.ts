import { randomUUID } from 'node:crypto';

/** Time and ids are handed in, so that tests can hold them still. */
export type Clock = { now(): Date };
export type Ids = { next(): string };

export const systemClock: Clock = { now: () => new Date() };
export const randomIds: Ids = { next: () => randomUUID() };
