import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { DatasetQuestion } from '@ronghe/contracts';
import { invalidCursor } from '#platform/paging/cursor.ts';

/** Value of a sort column in the last row of a page. */
export type Place = string | number | boolean | null;
const MAC_BYTES = 16;

/** What a cursor belongs to: it goes on with this question of this caller and with no other. */
export function questionDigest(question: DatasetQuestion, dataset: string, caller: string): string {
  const { cursor: _cursor, limit: _limit, ...asked } = question;
  return createHash('sha256')
    .update(JSON.stringify([dataset, caller, asked]))
    .digest('base64url')
    .slice(0, 22);
}

const macOf = (payload: string, digest: string, secret: string): Buffer =>
  createHmac('sha256', secret).update(`cursor\n${digest}\n${payload}`).digest().subarray(0, MAC_BYTES);

/** The place behind the last row of a page, signed. */
export function sealCursor(places: readonly Place[], digest: string, secret: string): string {
  const payload = Buffer.from(JSON.stringify(places)).toString('base64url');
  return `${payload}.${macOf(payload, digest, secret).toString('base64url')}`;
}

/** @throws AppError REQUEST_INVALID for a cursor that was not made here for this question and caller */
export function openCursor(cursor: string, digest: string, secret: string): Place[] {
  const [payload = '', mac = ''] = cursor.split('.');
  const [given, expected] = [Buffer.from(mac, 'base64url'), macOf(payload, digest, secret)];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalidCursor();
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Place[];
}
